# SPDX-License-Identifier: GPL-2.0-or-later
#
# table.awk - joins the results of all systems into one table, with ratios and geometric means.
#
# Arguments: a file of "group row" in the order of the table, then results.tsv of run. Prints
# aligned text, or with -v tsv=1 the same parted by tabs. A figure that is missing is "-", one
# that could not be measured "FAILED"; a ratio needs both its figures. The means are over the
# rows of a group that have the ratio. Relies on POSIX awk; run and the unit test use it.

BEGIN {
	FS = "\t"
	nr_systems = split("native peer-dom0 peer-guest ours-dom0 ours-guest", side, " ")
	# A ratio is of two systems.
	nr_ratios = split("dom0/peer guest/peer dom0/native guest/native", ratio, " ")
	split("ours-dom0 ours-guest ours-dom0 ours-guest", over, " ")
	split("peer-dom0 peer-guest native native", under, " ")
}

FNR == NR {
	group[++nr_rows] = $1
	row[nr_rows] = $2
	next
}

{
	unit[$1] = $2
	figure[$1, $3] = $4
	if ($7 != "") {
		counters[$1, $3] = $7
		with_counters = 1
	}
}

function is_number(text)
{
	return text ~ /^-?[0-9]+(\.[0-9]+)?$/
}

function figure_text(name, sys,    v)
{
	if (!((name, sys) in figure))
		return "-"
	v = figure[name, sys]
	if (tsv || !is_number(v) || v !~ /\./)
		return v
	return sprintf(v >= 10000 ? "%.0f" : "%.1f", v)
}

# Notes the ratio for the mean; "-" without one.
function ratio_text(name, i, grp,    a, b)
{
	if (!((name, over[i]) in figure) || !((name, under[i]) in figure))
		return "-"
	a = figure[name, over[i]]
	b = figure[name, under[i]]
	if (!is_number(a) || !is_number(b) || a <= 0 || b <= 0)
		return "-"
	logs[grp, i] += log(a / b)
	count[grp, i]++
	return sprintf("%.2f", a / b)
}

function counters_text(name, sys)
{
	return (name, sys) in counters ? counters[name, sys] : "-"
}

function line_start()
{
	lines++
	columns = 0
}

function cell(text)
{
	cells[lines, ++columns] = text
	if (length(text) > width[columns])
		width[columns] = length(text)
}

function header(    i)
{
	line_start()
	cell("operation")
	cell("unit")
	for (i = 1; i <= nr_systems; i++)
		cell(side[i])
	for (i = 1; i <= nr_ratios; i++)
		cell(ratio[i])
	if (with_counters) {
		cell("events-dom0")
		cell("events-guest")
	}
	nr_columns = columns
}

function body(n,    i, name)
{
	line_start()
	name = row[n]
	cell(name)
	cell(unit[name])
	for (i = 1; i <= nr_systems; i++)
		cell(figure_text(name, side[i]))
	for (i = 1; i <= nr_ratios; i++)
		cell(ratio_text(name, i, group[n]))
	if (with_counters) {
		cell(counters_text(name, "ours-dom0"))
		cell(counters_text(name, "ours-guest"))
	}
}

function mean(grp,    i)
{
	line_start()
	cell("geometric-mean-" grp)
	while (columns < 2 + nr_systems)
		cell("")
	for (i = 1; i <= nr_ratios; i++)
		cell(count[grp, i] ? sprintf("%.3f", exp(logs[grp, i] / count[grp, i])) : "-")
	while (columns < nr_columns)
		cell("")
}

# Figures stand right, words left.
function print_text(    l, c, line, left)
{
	for (l = 1; l <= lines; l++) {
		line = ""
		for (c = 1; c <= nr_columns; c++) {
			left = c <= 2 || c > 2 + nr_systems + nr_ratios
			line = line (c > 1 ? "  " : "") \
				sprintf("%" (left ? "-" : "") width[c] "s", cells[l, c])
		}
		sub(/ +$/, "", line)
		print line
	}
}

function print_tsv(    l, c, line)
{
	for (l = 1; l <= lines; l++) {
		line = cells[l, 1]
		for (c = 2; c <= nr_columns; c++)
			line = line "\t" cells[l, c]
		print line
	}
}

END {
	header()
	for (n = 1; n <= nr_rows; n++) {
		if (!(row[n] in unit))
			continue
		if (last != "" && last != group[n])
			mean(last)
		last = group[n]
		body(n)
	}
	if (last != "")
		mean(last)
	if (tsv)
		print_tsv()
	else
		print_text()
}
