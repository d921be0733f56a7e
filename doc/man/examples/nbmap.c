/* The example of nbmap; see example.h. */
#include "example.h"

/* begin */
struct greeting {
	char text[32];
};

static void free_greeting(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static int greet(FILE *out)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type};
	struct greeting *greeting = malloc(sizeof(*greeting));
	struct nbmap *map;
	int error;

	type.value_free = free_greeting; /* the map owns its values */
	if (!greeting || nbmap_new(&map, &config)) {
		free(greeting);
		return -ENOMEM;
	}
	strcpy(greeting->text, "hello");
	nbmap_enter(map);
	error = nbmap_put(map, "en", greeting, NULL); /* copies the key */
	if (error) {
		free(greeting); /* it is still ours */
	} else {
		greeting = nbmap_get(map, "en");
		fprintf(out, "%s\n", greeting ? greeting->text : "gone");
	}
	nbmap_leave(map); /* what get has returned is valid up to here */
	nbmap_destroy(map);
	return error;
}
/* end */

void nbmap_example(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(greet(out), 0);
	fclose(out);
	ck_assert_str_eq(text, "hello\n");
	free(text);
}
