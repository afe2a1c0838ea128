# SPDX-License-Identifier: GPL-2.0-or-later
# facts.awk - lists what a public header declares, one fact a line, for compare to check.
#
# Input: the header without comments (cc -fpreprocessed -dD -E -P). Output, in order of appearance:
#
#	S type			a type that has a size
#	F type|member		a member that has an offset and a size (or, flexible, an offset)
#	O type|member		a flexible array: an offset only
#	B type|member		a bit-field: which bits it takes
#	C name			a macro or enumerator that has a value
#	M name			a macro with arguments: needs an example in examples.list
#
# A statement that is not understood is an error, so that nothing is left out unseen.

# Declarator text "a, *b[3], c:4" of type T inside aggregate A, path prefix P: one fact each.
function members(list, n, part, i, name, kind) {
	n = split(list, part, ",")
	for (i = 1; i <= n; i++) {
		name = part[i]
		kind = "F"
		if (name ~ /\[ *\]/ || name ~ /XEN_FLEX_ARRAY_DIM/)
			kind = "O"
		if (name ~ /:/)
			kind = "B"
		sub(/:.*/, "", name)
		sub(/\[.*/, "", name)
		gsub(/[ *\t]/, "", name)
		if (name != "")
			field[depth, ++fields[depth]] = kind " " name
	}
}

# The last word of "type name" and all that follows the first comma are declarators.
function declaration(text, rest, first) {
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	if (text == "" || text ~ /^__DECL_REG/)
		return
	rest = ""
	first = text
	if (match(text, /,/) && text !~ /\([^)]*,[^)]*\)/) {
		rest = substr(text, RSTART)
		first = substr(text, 1, RSTART - 1)
	}
	sub(/ *: */, ":", first)
	if (!match(first, /[*A-Za-z_0-9]+(\[[^\]]*\])*(:[0-9A-Za-z_]+)?$/)) {
		print "facts.awk: not understood: " text > "/dev/stderr"
		failed = 1
		return
	}
	members(substr(first, RSTART) rest)
}

function enumerators(text, n, part, i) {
	if (text ~ /XEN_ERRNO|XEN_CPUFEATURE/) {
		while (match(text, /(XEN_ERRNO|XEN_CPUFEATURE) ?\([A-Za-z0-9_]+/)) {
			part[1] = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			i = part[1] ~ /^XEN_ERRNO/ ? "XEN_" : "XEN_X86_FEATURE_"
			sub(/.*\(/, "", part[1])
			print "C " i part[1]
		}
		return
	}
	n = split(text, part, ",")
	for (i = 1; i <= n; i++) {
		sub(/=.*/, "", part[i])
		gsub(/[ \t]/, "", part[i])
		if (part[i] != "")
			print "C " part[i]
	}
}

# A statement outside all braces.
function toplevel(text, m) {
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	if (text == "")
		return
	if (match(text, /^_*DEFINE_XEN_GUEST_HANDLE ?\([^,)]*/)) {
		m = substr(text, RSTART, RLENGTH)
		sub(/.*\( ?/, "", m)
		print "S XEN_GUEST_HANDLE(" m ")"
		print "S XEN_GUEST_HANDLE(const_" m ")"
	} else if (match(text, /^DEFINE_RING_TYPES ?\([^,]*/)) {
		m = substr(text, RSTART, RLENGTH)
		sub(/.*\( ?/, "", m)
		ring(m)
	} else if (text ~ /^DECLARE_HVM_SAVE_TYPE(_COMPAT)? ?\(/) {
		sub(/^[A-Z_]* ?\( ?/, "", text)
		sub(/ ?,.*/, "", text)
		print "C HVM_SAVE_CODE(" text ")"
		print "C HVM_SAVE_LENGTH(" text ")"
	} else if (text ~ /^typedef /) {
		sub(/ ?\[.*/, "", text)
		sub(/.*[ *]/, "", text)
		print "S " text
	} else if (text !~ /^(extern|static|struct [a-z_0-9]+$)/) {
		print "facts.awk: not understood: " text > "/dev/stderr"
		failed = 1
	}
}

function ring(m, n, part, i) {
	n = split("req_prod req_event rsp_prod rsp_event pvt ring", part, " ")
	for (i = 1; i <= n; i++)
		print "F struct " m "_sring|" part[i]
	print "S union " m "_sring_entry"
	print "S struct " m "_front_ring"
	print "S struct " m "_back_ring"
}

# A nested one becomes members of the one around it: under each of its names, or directly.
function close_nested(tail, n, part, i, j, name, kind) {
	if (tail == "") {
		for (i = 1; i <= fields[depth]; i++)
			field[depth - 1, ++fields[depth - 1]] = field[depth, i]
		return
	}
	n = split(tail, part, ",")
	for (i = 1; i <= n; i++) {
		kind = part[i] ~ /\[\]|XEN_FLEX_ARRAY_DIM/ ? "O " : "F "
		name = part[i]
		sub(/\[.*/, "", name)
		field[depth - 1, ++fields[depth - 1]] = kind name
		if (part[i] ~ /\[/)
			part[i] = name "[0]"
		for (j = 1; j <= fields[depth]; j++)
			field[depth - 1, ++fields[depth - 1]] = \
				substr(field[depth, j], 1, 2) part[i] "." substr(field[depth, j], 3)
	}
}

# An aggregate has ended; tail is what stands between its brace and the semicolon.
function close_aggregate(tail, type, i) {
	gsub(/[ \t]/, "", tail)
	sub(/__attribute__.*/, "", tail)
	if (depth > 1) {
		close_nested(tail)
		return
	}
	type = opened[1]
	if (type ~ /^typedef/)
		type = tail
	sub(/ *$/, "", type)
	print "S " type
	for (i = 1; i <= fields[1]; i++)
		print substr(field[1, i], 1, 2) type "|" substr(field[1, i], 3)
}

/^[ \t]*#/ {
	if (match($0, /^[ \t]*# *define [A-Za-z_0-9]+/)) {
		name = substr($0, RSTART, RLENGTH)
		after = substr($0, RSTART + RLENGTH)
		sub(/.* /, "", name)
		if (after ~ /^\(/)
			print "M " name
		else if (after ~ /[^ \t]/)
			print "C " name
	}
	skipping = /\\$/
	next
}
skipping { skipping = /\\$/; next }
{ text = text " " $0 }

END {
	gsub(/\\/, " ", text)
	length_ = length(text)
	for (at = 1; at <= length_; at++) {
		c = substr(text, at, 1)
		if (code) {		# a function's body or an initialiser
			code += (c == "{") - (c == "}")
			if (!code)
				word = was_function ? "" : "static"
		} else if (c == "{") {
			gsub(/[ \t]+/, " ", word)
			sub(/^ /, "", word)
			if (word ~ /[=)] ?$/) {
				code = 1
				was_function = word ~ /\) ?$/
			} else if (word ~ /^(typedef )?enum/) {
				in_enum = 1
			} else if (word ~ /^(typedef )?(struct|union)/) {
				opened[++depth] = word
				fields[depth] = 0
			} else {
				print "facts.awk: not understood: " word " {" > "/dev/stderr"
				exit 1
			}
			word = ""
		} else if (c == "}") {
			if (in_enum)
				enumerators(word)
			else
				closing = 1
			word = ""
		} else if (c == ";") {
			if (in_enum)
				in_enum = 0
			else if (closing) {
				close_aggregate(word)
				depth--
				closing = 0
			} else if (depth)
				declaration(word)
			else
				toplevel(word)
			word = ""
		} else
			word = word c
	}
	exit failed
}
