/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MITRE ATT&CK, as rules tell it in their metadata. */
#include "impl.h"

static struct attack_ids metadata_of(const struct signature *rule, const char *key)
{
	size_t i;

	for (i = 0; rule != NULL && i < rule->n_metadata; i++)
		if (strcmp(rule->metadata[i].key, key) == 0)
			return (struct attack_ids){ rule->metadata[i].value, rule->metadata[i].n };
	return (struct attack_ids){ NULL, 0 };
}

struct attack_ids attack_techniques(const struct signature *rule)
{
	return metadata_of(rule, "mitre_technique_id");
}

struct attack_ids attack_tactics(const struct signature *rule)
{
	return metadata_of(rule, "mitre_tactic_id");
}

struct span attack_parent(const char *id)
{
	return span_of(id, strcspn(id, "."));
}

bool attack_is_sub(const char *id)
{
	return strchr(id, '.') != NULL;
}
