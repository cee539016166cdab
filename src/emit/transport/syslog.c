/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records as messages of RFC 5424:
 *
 *   <PRI>1 TIMESTAMP HOSTNAME plainpop PROCID MSGID [plainpop@32473 id="..." community_id="..."] RECORD
 *
 * MSGID     the type of record: alert, pop3, anomaly, stats
 * id        the same whenever the record is sent again, so that duplicates can be told
 * RECORD    as it is, without a byte order mark. RFC 5424, 6.4 would have one before UTF-8, but leaves the encoding to the
 *           sender without it; JSON must not have one (RFC 8259, 8.1), and receivers pass it on as a part of the message.
 * 32473     stands in for a number of our own (RFC 5612): without '@' the name would be IANA's to give away (RFC 5424, 7)
 *
 * /dev/log gets what syslog(3) writes, "<PRI>Mmm dd hh:mm:ss plainpop[PROCID]: RECORD" (RFC 3164, local time): the journal knows
 * nothing else, and rsyslog takes the header of RFC 5424 from there for a part of the message.
 */
#include "syslog.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../impl.h"

/* RFC 5424, 6.2.1, by the names of syslog.conf(5); 12 to 15 have none there. */
static const char *const facilities[] = {
	"kern",     "user", "mail", "daemon", "auth", "syslog", "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
	NULL,       NULL,   NULL,   NULL,     "local0", "local1", "local2", "local3", "local4", "local5", "local6",   "local7",
};
#define FACILITY_LOCAL5 21 /* where Suricata's records go */

/* RFC 5424, 6.2.1 */
enum { SEVERITY_ALERT = 1, SEVERITY_ERROR = 3, SEVERITY_WARNING = 4, SEVERITY_NOTICE = 5, SEVERITY_INFO = 6 };

static unsigned severity_of(const struct shipment *r)
{
	switch (r->type) {
	case RECORD_ALERT:
		return r->severity == 1 ? SEVERITY_ALERT : r->severity == 2 ? SEVERITY_ERROR : SEVERITY_WARNING;
	case RECORD_ANOMALY:
		return SEVERITY_NOTICE;
	default:
		return SEVERITY_INFO;
	}
}

static const char *msgid_of(const struct shipment *r)
{
	switch (r->type) {
	case RECORD_ALERT:
		return "alert";
	case RECORD_POP3:
		return "pop3";
	case RECORD_ANOMALY:
		return "anomaly";
	case RECORD_STATS:
		return "stats";
	default:
		return "-";
	}
}

void syslog_hostname(const char *name, char out[SYSLOG_HOSTNAME_SIZE])
{
	size_t n;

	for (n = 0; name[n] != '\0' && n < SYSLOG_HOSTNAME_SIZE - 1; n++)
		out[n] = name[n] > ' ' && name[n] < 0x7f ? name[n] : '_';
	if (n == 0)
		out[n++] = '-';
	out[n] = '\0';
}

void syslog_init(struct syslog_sender *s)
{
	char name[SYSLOG_HOSTNAME_SIZE] = "";

	if (gethostname(name, sizeof name - 1) != 0)
		name[0] = '\0';
	syslog_hostname(name, s->hostname);
	s->facility = FACILITY_LOCAL5;
	s->procid = getpid();
	tzset(); /* the zone is in a file */
}

static int set_facility(struct syslog_sender *s, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	unsigned i;

	for (i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
		if (facilities[i] == NULL || strcmp(facilities[i], value) != 0)
			continue;
		s->facility = i;
		return 1;
	}
	snprintf(err, OUTPUT_ERROR_SIZE, "no such facility: %.64s", value);
	return -1;
}

int syslog_option(struct syslog_sender *s, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	if (strcmp(name, "facility") == 0)
		return set_facility(s, value, err);
	if (strcmp(name, "hostname") != 0)
		return 0;
	syslog_hostname(value, s->hostname);
	if (value[0] != '\0' && strcmp(value, s->hostname) == 0)
		return 1;
	snprintf(err, OUTPUT_ERROR_SIZE, "hostname=: 1 to %d characters of ASCII, and no blanks", SYSLOG_HOSTNAME_SIZE - 1);
	return -1;
}

/* The value of a parameter (RFC 5424, 6.3.3). */
static void escape(const char *value, char *out)
{
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\' || *value == ']')
			*out++ = '\\';
		*out++ = *value;
	}
	*out = '\0';
}

static void hex(const uint8_t id[SHIPMENT_ID], char out[2 * SHIPMENT_ID + 1])
{
	size_t i;

	for (i = 0; i < SHIPMENT_ID; i++) {
		out[2 * i] = "0123456789abcdef"[id[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
	}
	out[2 * i] = '\0';
}

struct span syslog_header(const struct syslog_sender *s, const struct shipment *r, bool count, char out[SYSLOG_HEADER_SIZE])
{
	char when[TIME_SIZE], id[2 * SHIPMENT_ID + 1], key[2 * COMMUNITY_ID_SIZE], digits[16] = "";
	char header[SYSLOG_HEADER_SIZE - sizeof digits];
	int n, digits_n = 0;

	emit_time(r->ts, 'T', "Z", when);
	hex(r->id, id);
	escape(r->key, key);
	n = snprintf(header, sizeof header, "<%u>1 %s %s plainpop %ld %s [plainpop@32473 id=\"%s\"%s%s%s] ",
		     s->facility * 8 + severity_of(r), when, s->hostname, s->procid, msgid_of(r), id,
		     key[0] != '\0' ? " community_id=\"" : "", key, key[0] != '\0' ? "\"" : "");
	if (count)
		digits_n = snprintf(digits, sizeof digits, "%zu ", (size_t)n + r->n);
	memcpy(out, digits, (size_t)digits_n);
	memcpy(out + digits_n, header, (size_t)n);
	return span_of(out, (size_t)(digits_n + n));
}

struct span syslog_local_header(const struct syslog_sender *s, const struct shipment *r, char out[SYSLOG_HEADER_SIZE])
{
	/* Not strftime(): the names are English whatever the language here. */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(r->ts / 1000000);
	struct tm tm = { 0 };
	int n;

	localtime_r(&seconds, &tm);
	n = snprintf(out, SYSLOG_HEADER_SIZE, "<%u>%.3s %2d %02d:%02d:%02d plainpop[%ld]: ", s->facility * 8 + severity_of(r),
		     months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, s->procid);
	return span_of(out, (size_t)n);
}
