/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What sensors, writer and exporter may do once they have what they need: nothing but read, compute and write. In this
 * order, since each step takes away what the next one would need if it came later: an empty root directory, no
 * capabilities and never again any, another user, no new privileges, no files (Landlock), no system call but those below
 * (seccomp).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc_impl.h"

#define DEFAULT_USER "plainpop"
#define FALLBACK_USER "nobody"

/* ---- in the supervisor ---- */

static bool find_user(struct sandbox *s, const char *user, const char *group)
{
	const struct passwd *p = getpwnam(user != NULL ? user : DEFAULT_USER);
	const struct group *g;

	if (p == NULL && user == NULL)
		p = getpwnam(FALLBACK_USER);
	if (p == NULL) {
		log_error("-u %s: no such user", user != NULL ? user : FALLBACK_USER);
		return false;
	}
	s->uid = p->pw_uid;
	s->gid = p->pw_gid;
	if (group != NULL) {
		g = getgrnam(group);
		if (g == NULL) {
			log_error("-g %s: no such group", group);
			return false;
		}
		s->gid = g->gr_gid;
	}
	if (s->uid != 0)
		return true;
	log_error("-u %s: is root, which is what nobody is to be", user != NULL ? user : DEFAULT_USER);
	return false;
}

/* A directory that is gone already: nobody can ever put anything into it. */
static int empty_directory(void)
{
	char path[] = "/tmp/plainpop-XXXXXX";
	int fd = -1;

	if (mkdtemp(path) == NULL)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rmdir(path);
	return fd;
}

bool sandbox_prepare(struct sandbox *s, const char *user, const char *group, bool off)
{
	*s = (struct sandbox){ .off = off, .drop = geteuid() == 0, .empty = -1, .null = -1 };
	s->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (s->null < 0) {
		log_error("/dev/null: %s", strerror(errno));
		return false;
	}
	if (off) {
		log_warn("--no-sandbox: sensors and writer keep every right; hostile packets meet %s",
			 s->drop ? "root" : "your account");
		return true;
	}
	if (!s->drop) {
		if (user != NULL || group != NULL)
			log_warn("-u, -g: only root can become somebody else; ignored");
		return true;
	}
	if (!find_user(s, user, group))
		return false;
	s->empty = empty_directory();
	if (s->empty >= 0)
		return true;
	log_error("no directory to lock sensors and writer into: %s", strerror(errno));
	return false;
}

int sandbox_give(const struct sandbox *s, int fd)
{
	return s->drop && !s->off ? fchown(fd, s->uid, s->gid) : 0;
}

/* ---- in a child ---- */

static bool refused(const char *what)
{
	log_error("sandbox: %s: %s (--no-sandbox does without, for debugging)", what, strerror(errno));
	return false;
}

static bool see_nothing(const struct sandbox *s)
{
	if (fchdir(s->empty) != 0 || chroot(".") != 0 || chdir("/") != 0)
		return refused("chroot");
	close(s->empty);
	return true;
}

static bool become_nobody(const struct sandbox *s)
{
	unsigned cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return refused("capabilities");
	if (setgroups(0, NULL) != 0 || setresgid(s->gid, s->gid, s->gid) != 0 || setresuid(s->uid, s->uid, s->uid) != 0)
		return refused("another user");
	if (setuid(0) == 0) {
		errno = 0;
		return refused("root came back");
	}
	return true;
}

/* Who is no root may have been given some all the same: a service with CAP_NET_RAW, a program with setcap(8). */
static bool no_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return syscall(SYS_capset, &head, none) == 0 || refused("capabilities");
}

static bool limit(void)
{
	const struct rlimit none = { 0, 0 };

	/* Another user makes a process dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		return refused("core files");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return refused("no new privileges");
	/* It is forgotten with a change of user, too. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return refused("the supervisor's death");
	return true;
}

/*
 * No file by name, whatever the root directory, but those that visible() adds. Kernels before 5.13 have no Landlock, and some
 * have it switched off.
 */
static bool few_files(bool (*visible)(int ruleset, int directory), int directory)
{
	struct landlock_ruleset_attr all = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), fd;

	if (abi < 1) {
		log_debug("no Landlock here: %s", strerror(errno));
		return true;
	}
	fd = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (fd < 0 || (visible != NULL && !visible((int)fd, directory)) || syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		return refused("Landlock");
	close((int)fd);
	return true;
}

/* What a name is looked up with, and who signs certificates; libraries that are loaded for either. */
static bool system_files(int ruleset, int directory)
{
	static const char *const paths[] = { "/etc", "/usr/lib", "/usr/share", "/lib", "/lib64", "/run/systemd/resolve" };
	struct landlock_path_beneath_attr rule = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < sizeof paths / sizeof paths[0]; i++) {
		rule.parent_fd = open(paths[i], O_PATH | O_CLOEXEC);
		if (rule.parent_fd < 0)
			continue; /* not everybody has all of them */
		ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
		close(rule.parent_fd);
	}
	if (!ok || directory < 0)
		return ok;
	rule.parent_fd = directory;
	rule.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* What all of them need: reading, writing and waiting on what is open, memory, time, and to end. */
static const int common_calls[] = {
	SCMP_SYS(read),		 SCMP_SYS(readv),	  SCMP_SYS(write),	   SCMP_SYS(writev),
	SCMP_SYS(close),	 SCMP_SYS(lseek),	  SCMP_SYS(fstat),	   SCMP_SYS(poll),
	SCMP_SYS(ppoll),	 SCMP_SYS(recvfrom),	  SCMP_SYS(recvmsg),	   SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),	 SCMP_SYS(fcntl),	  SCMP_SYS(mmap),	   SCMP_SYS(munmap),
	SCMP_SYS(mremap),	 SCMP_SYS(mprotect),	  SCMP_SYS(madvise),	   SCMP_SYS(brk),
	SCMP_SYS(futex),	 SCMP_SYS(getrandom),	  SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(rt_sigaction),	 SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall), SCMP_SYS(getpid),	  SCMP_SYS(gettid),	   SCMP_SYS(tgkill),
	SCMP_SYS(exit),		 SCMP_SYS(exit_group),	  SCMP_SYS(sched_yield),   SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
};

/* libpcap and capture.h: the ring's errors and statistics, those of the interface, the beginning of a file. */
static const int sensor_calls[] = { SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(setsockopt), SCMP_SYS(pread64),
				    SCMP_SYS(fadvise64), SCMP_SYS(dup2) };

/* Half a line is taken off a full disk again; the table of servers is written where the supervisor can take it. */
static const int writer_calls[] = { SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(memfd_create),
				    SCMP_SYS(dup) };

/*
 * The exporter's, instead of all of those: connections, memory that is no program, time. No mprotect: what it may only read
 * it can not make writable.
 */
static const int exporter_calls[] = {
	SCMP_SYS(read),		 SCMP_SYS(write),	  SCMP_SYS(writev),	   SCMP_SYS(close),
	SCMP_SYS(poll),		 SCMP_SYS(ppoll),	  SCMP_SYS(select),	   SCMP_SYS(pselect6),
	SCMP_SYS(accept4),	 SCMP_SYS(recvfrom),	  SCMP_SYS(recvmsg),	   SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),	 SCMP_SYS(shutdown),	  SCMP_SYS(setsockopt),	   SCMP_SYS(fcntl),
	SCMP_SYS(munmap),	 SCMP_SYS(mremap),	  SCMP_SYS(madvise),	   SCMP_SYS(brk),
	SCMP_SYS(futex),	 SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),  SCMP_SYS(time),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
	SCMP_SYS(gettid),	 SCMP_SYS(tgkill),	  SCMP_SYS(exit),	   SCMP_SYS(exit_group),
};

/*
 * The shippers': names looked up and connections made, threads, files of the spool and those of the system. Landlock says
 * which.
 */
static const int shipper_calls[] = {
	SCMP_SYS(socket),	 SCMP_SYS(connect),	  SCMP_SYS(bind),	   SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),	 SCMP_SYS(getsockopt),	  SCMP_SYS(setsockopt),	   SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg),	 SCMP_SYS(shutdown),	  SCMP_SYS(socketpair),	   SCMP_SYS(pipe2),
	SCMP_SYS(pipe),		 SCMP_SYS(eventfd2),	  SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),	 SCMP_SYS(select),	  SCMP_SYS(pselect6),	   SCMP_SYS(getrusage),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq),	   SCMP_SYS(set_tid_address),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(prlimit64),
	SCMP_SYS(open),		 SCMP_SYS(openat),	  SCMP_SYS(newfstatat),	   SCMP_SYS(stat),
	SCMP_SYS(lstat),	 SCMP_SYS(statx),	  SCMP_SYS(access),	   SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),	 SCMP_SYS(readlink),	  SCMP_SYS(getdents64),	   SCMP_SYS(getcwd),
	SCMP_SYS(pread64),	 SCMP_SYS(pwrite64),	  SCMP_SYS(pwritev),	   SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),	 SCMP_SYS(fdatasync),	  SCMP_SYS(unlinkat),	   SCMP_SYS(renameat),
	SCMP_SYS(renameat2),	 SCMP_SYS(flock),	  SCMP_SYS(fallocate),	   SCMP_SYS(dup),
	SCMP_SYS(uname),	 SCMP_SYS(sysinfo),	  SCMP_SYS(getuid),	   SCMP_SYS(geteuid),
	SCMP_SYS(getgid),	 SCMP_SYS(getegid),	  SCMP_SYS(getppid),	   SCMP_SYS(times),
	SCMP_SYS(statfs),	 SCMP_SYS(fstatfs),	  SCMP_SYS(fadvise64),
};

/* What libraries try and can do without: they are told no, and that is no violation. */
static const int refused_calls[] = {
	SCMP_SYS(open),	  SCMP_SYS(openat), SCMP_SYS(access),	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
	SCMP_SYS(lstat),  SCMP_SYS(statx),  SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),	   SCMP_SYS(sysinfo),
	SCMP_SYS(uname),  SCMP_SYS(getuid), SCMP_SYS(geteuid),
};

#define N(a) (sizeof(a) / sizeof(a)[0])

static int add(scmp_filter_ctx f, uint32_t action, const int *calls, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && r == 0; i++) {
		r = seccomp_rule_add(f, action, calls[i], 0);
		if (r == -EDOM || r == -EEXIST) /* not a call of this machine */
			r = 0;
	}
	return r;
}

/* Calls of which one argument says whether they may be made. */
#define KIND(k) (1u << SANDBOX_##k)
#define ALL (KIND(SENSOR) | KIND(WRITER) | KIND(EXPORTER) | KIND(SHIPPER))
#define EQUALS(n, value) { .arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value) }
#define HAS(n, mask, value) { .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) }

static const struct {
	unsigned kinds;
	int call;
	struct scmp_arg_cmp only;
} some_calls[] = {
	/* stdio asks whether it is a terminal; by path only of what is open. */
	{ ALL, SCMP_SYS(ioctl), EQUALS(1, TCGETS) },
	{ ALL, SCMP_SYS(newfstatat), HAS(3, AT_EMPTY_PATH, AT_EMPTY_PATH) },
	/* capture.h: is the interface up, and what is it called. */
	{ KIND(SENSOR), SCMP_SYS(ioctl), EQUALS(1, SIOCGIFFLAGS) },
	{ KIND(SENSOR), SCMP_SYS(ioctl), EQUALS(1, SIOCGIFNAME) },
	/* How wide the terminal is on which a bar is drawn. */
	{ KIND(WRITER), SCMP_SYS(ioctl), EQUALS(1, TIOCGWINSZ) },
	{ KIND(EXPORTER), SCMP_SYS(mmap), HAS(2, PROT_EXEC, 0) },
	/* How much may be read (getaddrinfo), and how much was not taken yet. */
	{ KIND(SHIPPER), SCMP_SYS(ioctl), EQUALS(1, FIONREAD) },
	{ KIND(SHIPPER), SCMP_SYS(ioctl), EQUALS(1, SIOCOUTQ) },
	/* Threads, and their names, but no processes. */
	{ KIND(SHIPPER), SCMP_SYS(clone), HAS(0, CLONE_THREAD, CLONE_THREAD) },
	{ KIND(SHIPPER), SCMP_SYS(prctl), EQUALS(0, PR_SET_NAME) },
};

/* What is allowed whatever its arguments. */
static int add_all(scmp_filter_ctx f, enum sandbox_kind kind)
{
	int r = kind == SANDBOX_EXPORTER ? add(f, SCMP_ACT_ALLOW, exporter_calls, N(exporter_calls))
					 : add(f, SCMP_ACT_ALLOW, common_calls, N(common_calls));

	if (r == 0 && kind == SANDBOX_SENSOR)
		r = add(f, SCMP_ACT_ALLOW, sensor_calls, N(sensor_calls));
	if (r == 0 && kind == SANDBOX_WRITER)
		r = add(f, SCMP_ACT_ALLOW, writer_calls, N(writer_calls));
	if (r == 0 && kind == SANDBOX_SHIPPER)
		r = add(f, SCMP_ACT_ALLOW, shipper_calls, N(shipper_calls));
	return r;
}

static bool few_calls(enum sandbox_kind kind)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = f == NULL ? -ENOMEM : add_all(f, kind);
	size_t i;

	if (r == 0 && kind != SANDBOX_SHIPPER)
		r = add(f, SCMP_ACT_ERRNO(EACCES), refused_calls, N(refused_calls));
	/* A filter does not see what clone3() is asked for, and glibc does without. */
	if (r == 0 && kind == SANDBOX_SHIPPER)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	for (i = 0; r == 0 && i < N(some_calls); i++)
		if ((some_calls[i].kinds & 1u << kind) != 0)
			r = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, some_calls[i].call, 1, &some_calls[i].only);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	errno = -r;
	return r == 0 || refused("seccomp");
}

/* Little of it where memory is looked at: that reads /proc, starts a thread for leaks, and more. */
bool sandbox_enter(const struct sandbox *s, enum sandbox_kind kind)
{
	if (s->off)
		return true;
	if (s->drop && !SANITIZED && !(see_nothing(s) && become_nobody(s)))
		return false;
	return limit() && (SANITIZED || (no_capabilities() && few_files(NULL, -1) && few_calls(kind)));
}

bool sandbox_enter_shipper(const struct sandbox *s, int directory)
{
	if (s->off)
		return true;
	if (s->drop && !SANITIZED && !become_nobody(s))
		return false;
	return limit() && (SANITIZED || (no_capabilities() && few_files(system_files, directory) && few_calls(SANDBOX_SHIPPER)));
}
