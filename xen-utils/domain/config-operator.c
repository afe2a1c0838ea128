/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operators of domain files. Integers have 64 bits and overflow is an error; "/" on two integers
 * rounds down, as it did in the Python these files were first written for.
 *
 * Relies on config-value. Relied on by the evaluator.
 */
#include <config.h>

#include <math.h>
#include <string.h>

#include "domain/config-eval.h"
#include "domain/config-lex.h"

#define KEY_DEPTH_MAX 8		/* tuples within tuples as a dictionary's key */

static const char *op_text(struct eval *eval, int op)
{
	return arena_printf(eval->arena, "%s", (const char[4]){
		(char)op, (char)(op >> 8), (char)(op >> 16), 0});
}

static _Noreturn void fail_operands(struct eval *eval, int op, const struct value *a,
				    const struct value *b, struct config_pos pos)
{
	bool mixed = op == '+' && (a->kind == VALUE_STRING || b->kind == VALUE_STRING);

	arena_fail(eval->arena, pos, "'%s' does not work between %s and %s%s.", op_text(eval, op),
		   value_kind_name(a), value_kind_name(b),
		   mixed ? "; str() makes a string of anything" : "; change one of them");
}

static _Noreturn void fail_range(struct eval *eval, struct config_pos pos)
{
	arena_fail(eval->arena, pos,
		   "The result is too large for a number here; domain files count "
		   "to 9223372036854775807.");
}

/* Quotient and remainder as Python has them: the remainder has the divisor's sign. */
static int64_t divide(struct eval *eval, int op, int64_t a, int64_t b, struct config_pos pos)
{
	int64_t remainder;

	if (!b)
		arena_fail(eval->arena, pos,
			   "A number is divided by zero here; change the divisor.");
	if (a == INT64_MIN && b == -1)
		fail_range(eval, pos);
	remainder = a % b;
	if (remainder && (remainder < 0) != (b < 0))
		return op == '%' ? remainder + b : a / b - 1;
	return op == '%' ? remainder : a / b;
}

static int64_t power(struct eval *eval, int64_t a, int64_t b, struct config_pos pos)
{
	int64_t result = 1;

	if (a == 0 || a == 1 || a == -1)
		return !b || (a == -1 && !(b & 1)) ? 1 : a;
	for (; b > 0; b--)
		if (__builtin_mul_overflow(result, a, &result))
			fail_range(eval, pos);
	return result;
}

static int64_t shift(struct eval *eval, int op, int64_t a, int64_t b, struct config_pos pos)
{
	int64_t result;

	if (b < 0)
		arena_fail(eval->arena, pos, "A number is shifted by less than nothing here; "
			   "shift the other way.");
	if (op == OP2('>', '>'))
		return a >> (b > 63 ? 63 : b);
	if (a && (b > 62 || __builtin_mul_overflow(a, (int64_t)1 << b, &result)))
		fail_range(eval, pos);
	return a ? result : 0;
}

static struct value *integer_binary(struct eval *eval, int op, int64_t a, int64_t b,
				    struct config_pos pos)
{
	int64_t result = 0;
	bool overflow = false;

	switch (op) {
	case '+':
		overflow = __builtin_add_overflow(a, b, &result);
		break;
	case '-':
		overflow = __builtin_sub_overflow(a, b, &result);
		break;
	case '*':
		overflow = __builtin_mul_overflow(a, b, &result);
		break;
	case '/': case OP2('/', '/'): case '%':
		result = divide(eval, op, a, b, pos);
		break;
	case OP2('*', '*'):
		if (b < 0)
			return value_real(eval->arena, pow((double)a, (double)b));
		result = power(eval, a, b, pos);
		break;
	case OP2('<', '<'): case OP2('>', '>'):
		result = shift(eval, op, a, b, pos);
		break;
	case '&':
		result = a & b;
		break;
	case '|':
		result = a | b;
		break;
	default:
		result = a ^ b;
	}
	if (overflow)
		fail_range(eval, pos);
	return value_integer(eval->arena, result);
}

/* NULL when the operator is none for numbers with fractions. */
static struct value *real_binary(struct eval *eval, int op, double a, double b,
				 struct config_pos pos)
{
	double result;

	if ((op == '/' || op == OP2('/', '/') || op == '%') && b == 0)
		arena_fail(eval->arena, pos,
			   "A number is divided by zero here; change the divisor.");
	switch (op) {
	case '+':
		result = a + b;
		break;
	case '-':
		result = a - b;
		break;
	case '*':
		result = a * b;
		break;
	case '/':
		result = a / b;
		break;
	case OP2('/', '/'):
		result = floor(a / b);
		break;
	case '%':
		result = a - b * floor(a / b);
		break;
	case OP2('*', '*'):
		result = pow(a, b);
		break;
	default:
		return NULL;
	}
	if (!isfinite(result))
		fail_range(eval, pos);
	return value_real(eval->arena, result);
}

static struct value *concatenate(struct eval *eval, struct value *a, struct value *b)
{
	struct text text = {.arena = eval->arena};
	struct value *list;

	if (a->kind == VALUE_STRING) {
		eval_spend(eval, (a->string.len + b->string.len) / 64);
		text_add(&text, a->string.data, a->string.len);
		text_add(&text, b->string.data, b->string.len);
		return value_string(eval->arena, text.data, text.len);
	}
	list = value_list(eval->arena, a->kind);
	eval_spend(eval, a->list.count + b->list.count);
	for (size_t i = 0; i < a->list.count; i++)
		value_append(eval->arena, list, a->list.item[i]);
	for (size_t i = 0; i < b->list.count; i++)
		value_append(eval->arena, list, b->list.item[i]);
	return list;
}

static struct value *repeat(struct eval *eval, struct value *a, int64_t times)
{
	struct text text = {.arena = eval->arena};
	struct value *list;

	if (times < 0)
		times = 0;
	if (a->kind == VALUE_STRING) {
		if (a->string.len && times > VALUE_STRING_MAX / (int64_t)a->string.len)
			arena_fail(eval->arena, eval->here,
				   "A string would be longer than %u bytes "
				   "here; repeat it less often.",
				   VALUE_STRING_MAX);
		eval_spend(eval, a->string.len ? (size_t)times : 0);
		for (text_add(&text, "", 0); a->string.len && times; times--)
			text_add(&text, a->string.data, a->string.len);
		return value_string(eval->arena, text.data, text.len);
	}
	list = value_list(eval->arena, a->kind);
	for (; a->list.count && times; times--) {
		eval_spend(eval, a->list.count);
		for (size_t i = 0; i < a->list.count; i++)
			value_append(eval->arena, list, a->list.item[i]);
	}
	return list;
}

struct value *operator_binary(struct eval *eval, int op, struct value *a, struct value *b,
			      struct config_pos pos)
{
	struct value *result = NULL;
	int64_t ia, ib;
	double ra, rb;

	if (op == '%' && a->kind == VALUE_STRING)
		return format_percent(eval, a, b, pos);
	if (op == '+' && a->kind == b->kind && (a->kind == VALUE_STRING || value_is_sequence(a)))
		return concatenate(eval, a, b);
	if (op == '*' && (a->kind == VALUE_STRING || value_is_sequence(a)) &&
	    value_as_integer(b, &ib))
		return repeat(eval, a, ib);
	if (op == '*' && (b->kind == VALUE_STRING || value_is_sequence(b)) &&
	    value_as_integer(a, &ia))
		return repeat(eval, b, ia);
	if (value_as_integer(a, &ia) && value_as_integer(b, &ib))
		return integer_binary(eval, op, ia, ib, pos);
	if (value_as_real(a, &ra) && value_as_real(b, &rb))
		result = real_binary(eval, op, ra, rb, pos);
	if (!result)
		fail_operands(eval, op, a, b, pos);
	return result;
}

struct value *operator_unary(struct eval *eval, int op, struct value *a, struct config_pos pos)
{
	int64_t integer;

	if (a->kind == VALUE_REAL && op != '~')
		return value_real(eval->arena, op == '-' ? -a->real : a->real);
	if (!value_as_integer(a, &integer))
		arena_fail(eval->arena, pos, "'%c' needs a number behind it, not %s.", op,
			   value_kind_name(a));
	if (op == '-' && integer == INT64_MIN)
		fail_range(eval, pos);
	return value_integer(eval->arena, op == '-' ? -integer : op == '~' ? ~integer : integer);
}

static bool equal(struct eval *eval, struct value *a, struct value *b)
{
	bool result = value_equal(a, b, &eval->steps, 0);

	eval_spend(eval, 1);
	return result;
}

bool operator_contains(struct eval *eval, struct value *container, struct value *item,
		       struct config_pos pos)
{
	if (container->kind == VALUE_STRING && item->kind == VALUE_STRING) {
		eval_spend(eval, container->string.len / 16);
		return memmem(container->string.data, container->string.len, item->string.data,
			      item->string.len) != NULL;
	}
	if (container->kind == VALUE_DICT)
		return value_dict_find(container, item, &eval->steps) != NULL;
	if (!value_is_sequence(container))
		arena_fail(eval->arena, pos, "'in' needs a list, a string or a dictionary on its "
			   "right, not %s.", value_kind_name(container));
	for (size_t i = 0; i < container->list.count; i++)
		if (equal(eval, container->list.item[i], item))
			return true;
	return false;
}

static bool identical(struct value *a, struct value *b)
{
	if (a->kind != b->kind || a->kind == VALUE_LIST || a->kind == VALUE_DICT)
		return a == b;
	return a->kind == VALUE_NONE || (a->kind == VALUE_BOOL && a->boolean == b->boolean) ||
	       a == b;
}

bool operator_compare(struct eval *eval, int op, struct value *a, struct value *b,
		      struct config_pos pos)
{
	int order;

	switch (op) {
	case OPERATOR_IN:
		return operator_contains(eval, b, a, pos);
	case OPERATOR_NOT_IN:
		return !operator_contains(eval, b, a, pos);
	case OPERATOR_IS:
		return identical(a, b);
	case OPERATOR_IS_NOT:
		return !identical(a, b);
	case OP2('=', '='):
		return equal(eval, a, b);
	case OP2('!', '='):
		return !equal(eval, a, b);
	}
	if (!value_order(a, b, &eval->steps, 0, &order)) {
		eval_spend(eval, 1);
		fail_operands(eval, op, a, b, pos);
	}
	if (op == '<' || op == OP2('<', '='))
		order = -order;
	return order > 0 || (order == 0 && op > 0xff);
}

/* An index into count elements, negative from the end; fails when there is no such element. */
static size_t need_index(struct eval *eval, const struct value *index, size_t count,
			 struct config_pos pos)
{
	int64_t at;

	if (!value_as_integer(index, &at))
		arena_fail(eval->arena, pos, "An index must be a number, not %s.",
			   value_kind_name(index));
	if (at < 0 ? -at > (int64_t)count || at == INT64_MIN : at >= (int64_t)count)
		arena_fail(eval->arena, pos, "There is no element %lld: there are %zu, counted "
			   "from 0.", (long long)at, count);
	return (size_t)(at < 0 ? at + (int64_t)count : at);
}

static size_t element_count(struct eval *eval, const struct value *object)
{
	if (object->kind != VALUE_STRING)
		return object->list.count;
	eval_spend(eval, object->string.len / 64);
	return utf8_count(object->string.data, object->string.len);
}

static void string_element(const struct value *string, size_t nr, struct text *out)
{
	size_t at = utf8_offset(string->string.data, string->string.len, nr);

	text_add(out, string->string.data + at,
		 utf8_length(string->string.data + at, string->string.len - at));
}

struct value *operator_index(struct eval *eval, struct value *object, struct value *index,
			     struct config_pos pos)
{
	struct text text = {.arena = eval->arena};
	struct value **found;
	size_t at;

	if (object->kind == VALUE_DICT) {
		found = value_dict_find(object, index, &eval->steps);
		eval_spend(eval, 1);
		if (found)
			return *found;
		value_print(&text, index, true, 3);
		arena_fail(eval->arena, pos, "The dictionary has no key %.100s; check its "
			   "spelling.", text.data);
	}
	if (object->kind != VALUE_STRING && !value_is_sequence(object))
		arena_fail(eval->arena, pos, "This is %s, which has no elements; remove the index.",
			   value_kind_name(object));
	at = need_index(eval, index, element_count(eval, object), pos);
	if (object->kind != VALUE_STRING)
		return object->list.item[at];
	string_element(object, at, &text);
	return value_string(eval->arena, text.data, text.len);
}

/* Python's rule for a slice's end: negative counts from the end, too far is the end. */
static int64_t slice_bound(struct eval *eval, const struct value *part, int64_t otherwise,
			   int64_t count, int64_t least, struct config_pos pos)
{
	int64_t at;

	if (!part || part->kind == VALUE_NONE)
		return otherwise;
	if (!value_as_integer(part, &at))
		arena_fail(eval->arena, pos, "A slice's bounds must be numbers, not %s.",
			   value_kind_name(part));
	if (at < 0)
		at = at < -count ? least : at + count;
	return at > count + least ? count + least : at;
}

struct value *operator_slice(struct eval *eval, struct value *object, struct value *const part[3],
			     struct config_pos pos)
{
	struct text text = {.arena = eval->arena};
	struct value *list;
	int64_t count, step, from, to, least;

	if (object->kind != VALUE_STRING && !value_is_sequence(object))
		arena_fail(eval->arena, pos, "This is %s, which has no elements; remove the slice.",
			   value_kind_name(object));
	count = (int64_t)element_count(eval, object);
	step = slice_bound(eval, part[2], 1, 0, 0, pos);
	if (part[2] && part[2]->kind != VALUE_NONE)
		value_as_integer(part[2], &step);
	if (!step || step < -count - 1)
		step = step ? -count - 1 : 0;
	if (!step)
		arena_fail(eval->arena, pos, "A slice's step must not be zero.");
	if (step > count + 1)
		step = count + 1;
	least = step < 0 ? -1 : 0;
	from = slice_bound(eval, part[0], step < 0 ? count - 1 : 0, count, least, pos);
	to = slice_bound(eval, part[1], step < 0 ? -1 : count, count, least, pos);
	list = value_list(eval->arena, object->kind == VALUE_TUPLE ? VALUE_TUPLE : VALUE_LIST);
	for (text_add(&text, "", 0); step < 0 ? from > to : from < to; from += step) {
		eval_spend(eval, object->kind == VALUE_STRING ? 1 + (size_t)count / 64 : 1);
		if (object->kind == VALUE_STRING)
			string_element(object, (size_t)from, &text);
		else
			value_append(eval->arena, list, object->list.item[from]);
	}
	return object->kind == VALUE_STRING ? value_string(eval->arena, text.data, text.len) : list;
}

static void check_key(struct eval *eval, const struct value *key, struct config_pos pos, int depth)
{
	eval_spend(eval, 1);
	if (key->kind == VALUE_TUPLE && depth < KEY_DEPTH_MAX)
		for (size_t i = 0; i < key->list.count; i++)
			check_key(eval, key->list.item[i], pos, depth + 1);
	else if (key->kind > VALUE_STRING)
		arena_fail(eval->arena, pos,
			   "The key of a dictionary cannot be %s; use a string or "
			   "a number.",
			   value_kind_name(key));
}

static void dict_remove(struct value *dict, struct value **found)
{
	size_t at = (size_t)(found - dict->list.item) - 1;

	memmove(&dict->list.item[at], &dict->list.item[at + 2],
		(dict->list.count - at - 2) * sizeof(*found));
	dict->list.count -= 2;
}

static void dict_store(struct eval *eval, struct value *dict, struct value *key,
		       struct value *value, struct config_pos pos)
{
	struct value **found;

	check_key(eval, key, pos, 0);
	found = value_dict_find(dict, key, &eval->steps);
	eval_spend(eval, 1);
	if (found && value) {
		*found = value;
	} else if (found) {
		dict_remove(dict, found);
	} else if (value) {
		value_append(eval->arena, dict, key);
		value_append(eval->arena, dict, value);
	} else {
		arena_fail(eval->arena, pos, "The dictionary has no such key to delete.");
	}
}

void operator_store(struct eval *eval, struct value *object, struct value *index,
		    struct value *value, struct config_pos pos)
{
	size_t at;

	if (object->kind == VALUE_DICT) {
		dict_store(eval, object, index, value, pos);
		return;
	}
	if (object->kind != VALUE_LIST)
		arena_fail(eval->arena, pos,
			   "The elements of %s cannot be changed; make a new one.",
			   value_kind_name(object));
	at = need_index(eval, index, object->list.count, pos);
	if (value) {
		object->list.item[at] = value;
		return;
	}
	eval_spend(eval, object->list.count / 64);
	memmove(&object->list.item[at], &object->list.item[at + 1],
		(object->list.count - at - 1) * sizeof(value));
	object->list.count--;
}
