/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The copy-on-write tree and the permission lists of xenstored: by hand, and at random against a
 * table of paths, with old versions of the tree held and compared later.
 */
#include <config.h>

#include "../tap.h"
#include "xenstored/path.h"
#include "xenstored/tree.h"

#define NR_PATHS	120
#define NR_SNAPSHOTS	8
#define NR_STEPS	20000

static char paths[NR_PATHS][48];

/* The model: which of the paths exist, with which value (0: empty). */
struct model {
	bool exists[NR_PATHS];
	int value[NR_PATHS];
};

static void make_paths(void)
{
	int n = 0;

	for (int a = 0; a < 4; a++) {
		snprintf(paths[n++], 48, "/a%d", a);
		for (int b = 0; b < 5; b++) {
			snprintf(paths[n++], 48, "/a%d/b%d", a, b);
			for (int c = 0; c < 4 && n < NR_PATHS; c++)
				snprintf(paths[n++], 48, "/a%d/b%d/c%d", a, b, c);
		}
	}
	while (n < NR_PATHS) {
		snprintf(paths[n], 48, "/z%d", n);
		n++;
	}
}

static int path_index(const char *path)
{
	for (int i = 0; i < NR_PATHS; i++) {
		if (str_eq(paths[i], path))
			return i;
	}
	return -1;
}

static bool parent_exists(const struct model *m, int i)
{
	char parent[48];

	snprintf(parent, sizeof(parent), "%.*s", (int)path_parent_len(paths[i]), paths[i]);
	return str_eq(parent, "/") || m->exists[path_index(parent)];
}

static bool step(struct node **root, struct model *m, struct perms *perms, uint64_t gen)
{
	int i = rand() % NR_PATHS, rc;
	char text[16];

	switch (rand() % 4) {
	case 0:
	case 1:
		if (!parent_exists(m, i))
			return true;
		rc = tree_create(root, paths[i], perms, gen);
		if (rc != (m->exists[i] ? -EEXIST : 0))
			return false;
		if (!rc) {
			m->exists[i] = true;
			m->value[i] = 0;
		}
		return true;
	case 2:
		snprintf(text, sizeof(text), "%d", (int)gen);
		rc = tree_set_value(root, paths[i], text, strlen(text), gen);
		if (rc != (m->exists[i] ? 0 : -ENOENT))
			return false;
		if (!rc)
			m->value[i] = gen;
		return true;
	default:
		if (rand() % 4)
			return true;
		rc = tree_remove(root, paths[i], gen, NULL);
		if (rc != (m->exists[i] ? 0 : -ENOENT))
			return false;
		for (int k = 0; k < NR_PATHS; k++) {
			if (path_is_below(paths[k], paths[i]))
				m->exists[k] = false;
		}
		return true;
	}
}

static bool same(const struct node *root, const struct model *m)
{
	char text[16];

	for (int i = 0; i < NR_PATHS; i++) {
		const struct node *node = tree_find(root, paths[i]);

		if (!!node != m->exists[i])
			return false;
		if (!node)
			continue;
		snprintf(text, sizeof(text), "%d", m->value[i]);
		if (!m->value[i] ? node->value != NULL :
		    !node->value || node->value->len != strlen(text) ||
		    memcmp(node->value->data, text, node->value->len) != 0)
			return false;
	}
	return !tree_check(root);
}

static void test_random(void)
{
	static const struct perm p = { 0, PERM_NONE };
	struct perms *perms = perms_new(&p, 1);
	struct node *root = tree_new(perms), *old[NR_SNAPSHOTS] = { NULL };
	static struct model now, then[NR_SNAPSHOTS];
	bool steps = true, snapshots = true, final = true;

	for (int n = 1; n <= NR_STEPS; n++) {
		int k = rand() % NR_SNAPSHOTS;

		steps &= step(&root, &now, perms, n);
		if (n % 97 == 0) {
			if (old[k])
				snapshots &= same(old[k], &then[k]);
			node_put(old[k]);
			old[k] = node_get(root);
			then[k] = now;
		}
		if (n % 500 == 0)
			final &= same(root, &now);
	}
	for (int k = 0; k < NR_SNAPSHOTS; k++) {
		if (old[k])
			snapshots &= same(old[k], &then[k]);
		node_put(old[k]);
	}
	tap_ok(steps, "%d random changes succeed or fail as the model says", NR_STEPS);
	tap_ok(final, "the tree equals the model all the way");
	tap_ok(snapshots, "versions held from earlier never change");
	tap_is_int(root->refs, 1, "nobody else holds the root at the end");
	node_put(root);
	tap_is_int(perms->refs, 1, "the shared permission list is held by the test alone");
	perms_put(perms);
}

static void test_in_place(void)
{
	static const struct perm p = { 0, PERM_NONE };
	struct perms *perms = perms_new(&p, 1);
	struct node *root = tree_new(perms), *before, *held;

	tree_create(&root, "/a", perms, 1);
	tree_create(&root, "/b", perms, 2);
	before = root;
	tree_set_value(&root, "/a", "x", 1, 3);
	tap_ok(root == before, "without a second holder changes happen in place");
	held = node_get(root);
	tree_set_value(&root, "/a", "y", 1, 4);
	tap_ok(root != held, "with one the way to the node is copied");
	tap_ok(tree_find(root, "/b") == tree_find(held, "/b"), "and the rest stays shared");
	tap_ok(tree_find(held, "/a")->value->data[0] == 'x', "the held version keeps its value");
	tap_is_int(tree_find(root, "/a")->gen_value, 4, "the new one has the new stamp");
	node_put(held);
	node_put(root);
	perms_put(perms);
}

static void test_purge(void)
{
	static const struct perm p3[] = { { 3, PERM_NONE }, { 5, PERM_READ } };
	static const struct perm p5[] = { { 0, PERM_NONE }, { 3, PERM_WRITE }, { 5, PERM_READ } };
	struct perms *a = perms_new(p3, 2), *b = perms_new(p5, 3);
	struct node *root = tree_new(b), *held;

	tree_create(&root, "/x", b, 1);
	tree_create(&root, "/x/y", a, 1);
	held = node_get(root);
	tap_is_int(tree_purge_domain(&root, 3, 9), 3, "a dead domain is found in all three lists");
	tap_is_int(perms_owner(tree_find(root, "/x/y")->perms), 0, "its node belongs to domain 0");
	tap_ok(!perms_mention(tree_find(root, "/x")->perms, 3), "nothing names it any more");
	tap_ok(perms_mention(tree_find(root, "/x/y")->perms, 5), "other domains keep their rights");
	tap_is_int(perms_owner(tree_find(held, "/x/y")->perms), 3, "a held version is untouched");
	tap_ok(!tree_check(root) && !tree_check(held), "both versions are sound");
	node_put(held);
	node_put(root);
	perms_put(a);
	perms_put(b);
}

static void test_perms(void)
{
	static const struct perm p[] = { { 3, PERM_READ }, { 5, PERM_READ | PERM_WRITE },
					 { 6, PERM_NONE } };
	struct perms *perms = perms_new(p, 3), *child;
	struct perm_actor d0 = { 0, -1 }, d3 = { 3, -1 }, d5 = { 5, -1 }, d6 = { 6, -1 },
			  d7 = { 7, -1 }, stub = { 7, 3 };
	struct perm one;

	tap_ok(perms_allow(perms, &d0, PERM_READ | PERM_WRITE), "domain 0 may do everything");
	tap_ok(perms_allow(perms, &d3, PERM_READ | PERM_WRITE), "the owner may do everything");
	tap_ok(perms_allow(perms, &d5, PERM_WRITE), "a listed domain has what the list says");
	tap_ok(!perms_allow(perms, &d6, PERM_READ), "even if that is less than others have");
	tap_ok(perms_allow(perms, &d7, PERM_READ) && !perms_allow(perms, &d7, PERM_WRITE),
	       "others have what the first entry says");
	tap_ok(perms_allow(perms, &stub, PERM_WRITE), "a domain has the rights of its target");
	child = perms_inherit(perms, 5);
	tap_ok(perms_owner(child) == 5 && child->count == 3, "a new node belongs to its creator");
	perms_put(child);
	child = perms_inherit(perms, 0);
	tap_ok(child == perms, "unless domain 0 made it");
	perms_put(child);
	tap_ok(perm_parse("b12", &one) == 0 && one.bits == 3 && one.domid == 12, "b12 is read");
	tap_ok(perm_parse("x1", &one) && perm_parse("r", &one) && perm_parse("r-1", &one) &&
	       perm_parse("r99999", &one) && perm_parse("", &one) && perm_parse("r1 ", &one),
	       "nonsense is refused");
	perms_put(perms);
}

static void test_paths(void)
{
	char out[PATH_SIZE], *big = malloc(4096);

	memset(big, 'a', 4095);
	big[4095] = '\0';
	tap_is_int(path_resolve("/a/b", 3, out), 0, "an absolute path stays");
	tap_ok(path_resolve("device/vif", 3, out) == 16 &&
	       str_eq(out, "/local/domain/3/device/vif"), "a relative one begins at home");
	tap_ok(path_resolve("", 0, out) < 0 && path_resolve("//", 0, out) < 0 &&
	       path_resolve("/a/", 0, out) < 0 && path_resolve("/a//b", 0, out) < 0 &&
	       path_resolve("/a b", 0, out) < 0 && path_resolve("a/", 0, out) < 0 &&
	       path_resolve("/a\n", 0, out) < 0 && path_resolve("/\xc3\xa4", 0, out) < 0,
	       "malformed paths are refused");
	tap_ok(path_resolve("/", 0, out) == 0 && str_eq(out, "/"), "the root is a path");
	big[0] = '/';
	big[3072] = '\0';
	tap_is_int(path_resolve(big, 0, out), 0, "3072 characters are allowed");
	big[3072] = 'a';
	big[3073] = '\0';
	tap_ok(path_resolve(big, 0, out) < 0, "3073 are not");
	big[2049] = '\0';
	tap_ok(path_resolve(big + 1, 1, out) > 0, "2048 relative characters are allowed");
	big[2049] = 'a';
	big[2050] = '\0';
	tap_ok(path_resolve(big + 1, 1, out) < 0, "2049 are not");
	tap_ok(path_is_below("/a/b", "/a") && path_is_below("/a", "/a") &&
	       path_is_below("/a", "/") && !path_is_below("/ab", "/a"), "below means below");
	free(big);
}

int main(void)
{
	srand(tap_seed());
	make_paths();
	test_paths();
	test_perms();
	test_in_place();
	test_purge();
	test_random();
	return tap_done();
}
