/* number: see number.h. */
#include "number.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The digits that `text` begins with; how many is returned, 0 if the number is too large. */
static size_t read_digits(const char *text, size_t size, uint64_t *n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < size && is_digit(text[i]); i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (sum > (UINT64_MAX - digit) / 10)
			return 0;
		sum = sum * 10 + digit;
	}
	*n = sum;
	return i;
}

bool number_u64(const char *text, size_t size, uint64_t *n)
{
	return size > 0 && read_digits(text, size, n) == size;
}

bool number_i64(const char *text, size_t size, int64_t *n)
{
	bool negative = size > 0 && text[0] == '-';
	uint64_t magnitude;

	if (!number_u64(text + negative, size - negative, &magnitude) || magnitude > INT64_MAX)
		return false;
	*n = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

bool number_counter(const char *text, size_t size, uint64_t *n)
{
	size_t digits;

	while (size > 0 && is_blank(*text)) {
		text++;
		size--;
	}
	digits = read_digits(text, size, n);
	return digits > 0 && (digits == size || is_blank(text[digits]));
}

size_t number_print(uint64_t n, char *out)
{
	char digits[NUMBER_DIGITS];
	size_t count = 0;

	do {
		digits[NUMBER_DIGITS - ++count] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	memcpy(out, digits + NUMBER_DIGITS - count, count);
	return count;
}
