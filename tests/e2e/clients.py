# SPDX-License-Identifier: GPL-3.0-or-later
"""Real POP3 clients for tests/e2e/matrix.

    done = CLASSES["curl"]().log_in(Task(network, home, address, "PLAIN", "alice", password))
    done.accepted       # what the client itself says

A client is told one mechanism and does not choose another. Where it would, it is not in its table.
"""

import collections
import dataclasses
import json
import os
import pathlib
import poplib
import re
import shlex

import lab
import servers

Done = collections.namedtuple("Done", "accepted said")
BEARER = ("XOAUTH2", "OAUTHBEARER")


@dataclasses.dataclass
class Task:
    """What a client is to do."""

    network: lab.Network
    home: pathlib.Path  # a folder of its own
    address: str  # the server's, which clients know as lab.HOST
    mechanism: str
    user: str
    password: str
    stls: bool = False
    domain: str = ""  # of NTLM
    server: object = None
    certificate: object = None  # who the client is, for EXTERNAL
    environment: dict = dataclasses.field(default_factory=dict)

    def file(self, name, text):
        """A file only its owner can read, in the task's folder."""
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, argv, text=None):
        """Run a program in the client's namespace, where lab.HOST is the server."""
        hosts = self.file("hosts", f"127.0.0.1 localhost {os.uname().nodename}\n"
                                   f"{self.address} {lab.HOST}\n")
        argv = ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec timeout 10 "$@"', hosts, *argv]
        if text is not None:
            # Namespace.run() leaves nothing to read on standard input.
            argv[2] = argv[2].replace('"$@"', '"$@" <' + shlex.quote(str(self.file("in", text))))
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8",
                       "TERM": "vt100", **self.environment}
        if self.mechanism in ("GSSAPI", "GSS-SPNEGO"):
            environment.update(self.server.kerberos.environment)
        return self.network.client.run(argv, env=environment, timeout=20)


def said(process):
    return (process.stdout + process.stderr).decode(errors="replace").strip()


class Client:
    """A program, and how it is told a mechanism.

    does: mechanisms, each with the word or words that name it. lacks: why others are not there.
    stls, clear: it can log in with STLS, without; otherwise a reason. no_stls, no_clear: mechanisms
    with which it cannot, and why. asks(task): whether it asks for capabilities in the clear.
    """

    name = package = ""
    programs = {}
    does = {}
    lacks = {}
    otherwise = "not among its mechanisms"
    stls = clear = True
    no_stls = no_clear = {}

    def asks(self, _task):
        return True

    def log_in(self, task):
        raise NotImplementedError

    def why_not(self, mechanism):
        return None if mechanism in self.does else self.lacks.get(mechanism, self.otherwise)


class Curl(Client):
    name, package = "curl", "curl"
    programs = {"curl": "curl"}
    does = {"USER/PASS": None, "APOP": "+APOP", "PLAIN": "PLAIN", "LOGIN": "LOGIN",
            "CRAM-MD5": "CRAM-MD5", "DIGEST-MD5": "DIGEST-MD5", "NTLM": "NTLM",
            "XOAUTH2": "XOAUTH2", "OAUTHBEARER": "OAUTHBEARER", "EXTERNAL": "EXTERNAL",
            "GSSAPI": "GSSAPI"}
    otherwise = "curl knows no such mechanism"
    lacks = {name: "Debian's curl is built without GNU SASL, so without SCRAM (curl --version)"
             for name in ("SCRAM-SHA-1", "SCRAM-SHA-256")}

    def log_in(self, task):
        word = self.does[task.mechanism]
        user = f"{task.domain}\\{task.user}" if task.domain else task.user
        if task.mechanism == "GSSAPI":
            user += f"@{servers.REALM}"  # without, curl would not do it
        options = ["--login-options", f"AUTH={word}"] if word else []
        if task.mechanism in BEARER:
            options += ["--user", task.user, "--oauth2-bearer", task.password]
        else:
            options += ["--user", f"{user}:{task.password}"]
        if task.mechanism == "GSSAPI":
            options += ["--service-name", "pop"]
        if task.stls:
            options += ["--ssl-reqd", "--insecure"]
        if task.certificate:
            options += ["--cert", task.certificate]
        done = task.run(["curl", "-q", "--silent", "--show-error", "--noproxy", "*", *options,
                         f"pop3://{lab.HOST}/"])
        return Done(done.returncode == 0, said(done))


class Fetchmail(Client):
    name, package = "fetchmail", "fetchmail"
    programs = {"fetchmail": "fetchmail"}
    does = {"USER/PASS": "protocol pop3 auth password", "APOP": "protocol apop",
            "CRAM-MD5": "protocol pop3 auth cram-md5", "NTLM": "protocol pop3 auth ntlm",
            "GSSAPI": "protocol pop3 auth gssapi"}
    otherwise = "fetchmail's authenticate option knows no such mechanism (fetchmail(1))"
    no_stls = {"APOP": "fetchmail sends APOP in the clear in spite of sslproto, as protocol apop"
                       " asks for no capabilities"}
    lacks = {"OTP": "Debian's fetchmail is built without OPIE (fetchmail --version)"}

    def asks(self, task):
        # Told not to do STLS, it asks only where it has to know whether there is the mechanism.
        return task.mechanism in ("CRAM-MD5", "GSSAPI")

    def log_in(self, task):
        user = f"{task.user}@{task.domain}" if task.domain else task.user
        settings = task.file(
            "fetchmailrc", f'poll "{lab.HOST}" {self.does[task.mechanism]} port {lab.POP3}'
            f' user "{user}" password "{task.password}" mda "cat >/dev/null" keep fetchlimit 1'
            + (" sslproto tls1+ no sslcertck" if task.stls else " sslproto ''") + "\n")
        task.environment["FETCHMAILHOME"] = str(task.home)
        done = task.run(["fetchmail", "-v", "--nosyslog", "--pidfile", task.home / "pid",
                         "-f", settings])
        # 1: there was no mail to fetch.
        return Done(done.returncode in (0, 1), said(done))


class Mpop(Client):
    name, package = "mpop", "mpop"
    programs = {"mpop": "mpop"}
    does = {"USER/PASS": "user", "APOP": "apop", "PLAIN": "plain", "LOGIN": "login",
            "CRAM-MD5": "cram-md5", "DIGEST-MD5": "digest-md5", "SCRAM-SHA-1": "scram-sha-1",
            "SCRAM-SHA-256": "scram-sha-256", "NTLM": "ntlm", "XOAUTH2": "xoauth2",
            "OAUTHBEARER": "oauthbearer", "EXTERNAL": "external", "GSSAPI": "gssapi"}
    otherwise = "mpop --version does not list it"

    def log_in(self, task):
        task.file("secret", task.password or "none")  # mpop insists on one, for EXTERNAL too
        lines = ["account default", f"host {lab.HOST}", f"port {lab.POP3}",
                 f"auth {self.does[task.mechanism]}", f"user {task.user}",
                 f'passwordeval "cat {task.home}/secret"', "keep on",
                 f"uidls_file {task.home}/uidls", 'delivery mda "cat >/dev/null"']
        if task.domain:
            lines.append(f"ntlmdomain {task.domain}")
        if task.stls:
            lines += ["tls on", "tls_starttls on", "tls_certcheck off"]
        if task.certificate:
            lines += [f"tls_key_file {task.certificate}", f"tls_cert_file {task.certificate}"]
        settings = task.file("mpoprc", "\n".join(lines) + "\n")
        done = task.run(["mpop", "--debug", f"--file={settings}"])
        return Done(done.returncode == 0, said(done))


class Getmail(Client):
    name, package = "getmail", "getmail6"
    programs = {"getmail": "getmail6"}
    does = {"USER/PASS": "", "APOP": "use_apop = true"}
    otherwise = "getmail6's POP3 retrievers have USER/PASS and use_apop only"
    stls = "getmail6 has no STLS, only TLS from the start (its POP3 retrievers never call stls)"

    def asks(self, _task):
        return False

    def log_in(self, task):
        task.file("secret", task.password)
        task.file("getmailrc", f"""\
[retriever]
type = SimplePOP3Retriever
server = {lab.HOST}
username = {task.user}
password_command = ("cat", "{task.home}/secret")
{self.does[task.mechanism]}
[destination]
type = MDA_external
path = /bin/dd
arguments = ("status=none", "of={task.home}/kept")
allow_root_commands = true
[options]
delete = false
""")
        done = task.run(["getmail", f"--getmaildir={task.home}", "--rcfile=getmailrc"])
        return Done(done.returncode == 0, said(done))


class Mutt(Client):
    name, package = "mutt", "mutt"
    programs = {"mutt": "mutt"}
    does = {"USER/PASS": "user", "APOP": "apop", "PLAIN": "plain", "LOGIN": "login",
            "CRAM-MD5": "cram-md5", "DIGEST-MD5": "digest-md5", "SCRAM-SHA-1": "scram-sha-1",
            "SCRAM-SHA-256": "scram-sha-256", "NTLM": "ntlm", "XOAUTH2": "xoauth2",
            "OAUTHBEARER": "oauthbearer", "EXTERNAL": "external", "ANONYMOUS": "anonymous",
            "GSSAPI": "gssapi"}
    otherwise = "mutt uses GNU SASL, which has no such mechanism (gsasl --client-mechanisms)"

    def log_in(self, task):
        task.file("secret", task.password)
        escaped = re.sub(r'(["\\$`])', r"\\\1", task.password)
        lines = [f"set pop_authenticators={self.does[task.mechanism].upper()}",
                 f'set pop_user="{task.user}"', f'set pop_pass="{escaped}"',
                 f'set pop_oauth_refresh_command="cat {task.home}/secret"',
                 f"set ssl_starttls={'yes' if task.stls else 'no'}", "set ssl_force_tls=no",
                 f"set certificate_file={task.server.home}/cert.pem" if task.stls else "",
                 f"set ssl_client_cert={task.certificate}" if task.certificate else "",
                 f"set folder={task.home}", f"set spoolfile={task.home}/spool",
                 f"set message_cachedir={task.home}", f"set tmpdir={task.home}",
                 "set delete=no pop_delete=no sleep_time=0",
                 "set quit=yes move=no pop_reconnect=no wait_key=no", "push <exit>"]
        settings = task.file("muttrc", "\n".join(lines) + "\n")
        # mutt wants a terminal.
        command = shlex.join(["mutt", "-n", "-F", str(settings), "-f", f"pop://{lab.HOST}/"])
        done = task.run(["script", "-qec", command, "/dev/null"])
        # It leaves with 0 also when it could not open the mailbox, but then without showing it.
        return Done(b"---Mutt: pop:" in done.stdout, said(done))


class Poplib(Client):
    name, package = "poplib", "python3"
    does = {"USER/PASS": None, "APOP": None}
    otherwise = "Python's poplib has USER/PASS and APOP only"

    def asks(self, task):
        return task.stls  # stls() of poplib does; no other method

    def log_in(self, task):
        with task.network.client.entered():
            session = poplib.POP3(task.address, lab.POP3, timeout=lab.CLIENT_TIMEOUT)
        try:
            # poplib is UTF-8 by default.
            if task.stls:
                lab.start_tls(session)
            if task.mechanism == "APOP":
                session.apop(task.user, task.password)
            else:
                session.user(task.user)
                session.pass_(task.password)
            session.stat()
            session.quit()
            return Done(True, "")
        except poplib.error_proto as error:
            try:
                session.quit()
            except (poplib.error_proto, OSError):
                pass
            return Done(False, str(error))
        finally:
            session.close()


class Openssl(Client):
    """Speaks TLS and leaves POP3 to whoever types."""

    name, package = "openssl", "openssl"
    programs = {"openssl": "openssl"}
    does = {"USER/PASS": None, "PLAIN": None, "LOGIN": None}
    otherwise = "openssl s_client speaks no POP3 after STLS; three mechanisms are typed in"
    # Types a line once the one before has been answered; each answer is one line.
    script = r"""
cd "$(dirname "$0")"
mkfifo typed
openssl s_client -starttls pop3 -quiet -crlf -connect "$1" <typed >answers &
exec 3>typed
lines=0
while read -r line; do
	tries=0
	while [ "$(wc -l <answers)" -lt $lines ] && [ $tries -lt 400 ] && kill -0 $!; do
		tries=$((tries + 1))
		sleep 0.02
	done
	printf '%s\n' "$line" >&3
	lines=$((lines + 1))
done
exec 3>&-
wait
cat answers
"""
    clear = "openssl s_client -starttls pop3 sends STLS before it lets anyone type"

    def log_in(self, task):
        lines = {
            "USER/PASS": [f"USER {task.user}", f"PASS {task.password}"],
            "PLAIN": ["AUTH PLAIN", lab.b64(f"\0{task.user}\0{task.password}")],
            "LOGIN": ["AUTH LOGIN", lab.b64(task.user), lab.b64(task.password)],
        }[task.mechanism]
        script = task.file("script", self.script)
        done = task.run(["sh", script, f"{lab.HOST}:{lab.POP3}"],
                        text="\n".join([*lines, "STAT", "QUIT"]) + "\n")
        # Only STAT is answered with two numbers.
        return Done(bool(re.search(rb"^\+OK \d+ \d+", done.stdout, re.M)), said(done))


class Pop3test(Client):
    """Cyrus IMAP's own client, with all of Cyrus SASL."""

    name, package = "pop3test", "cyrus-clients"
    does = {"USER/PASS": "user", "APOP": "apop", "PLAIN": "PLAIN", "LOGIN": "LOGIN",
            "CRAM-MD5": "CRAM-MD5", "DIGEST-MD5": "DIGEST-MD5", "SCRAM-SHA-1": "SCRAM-SHA-1",
            "SCRAM-SHA-256": "SCRAM-SHA-256", "SCRAM-SHA-512": "SCRAM-SHA-512", "NTLM": "NTLM",
            "EXTERNAL": "EXTERNAL", "ANONYMOUS": "ANONYMOUS", "OTP": "OTP", "GSSAPI": "GSSAPI",
            "GSS-SPNEGO": "GSS-SPNEGO"}
    no_clear = {"EXTERNAL": "Cyrus SASL does EXTERNAL under TLS only"}
    otherwise = "Debian's Cyrus SASL has no such mechanism (libsasl2-modules*)"

    def log_in(self, task):
        store = servers.unpacked("cyrus")
        task.environment["LD_LIBRARY_PATH"] = str(store / "usr/lib/x86_64-linux-gnu")
        commands = task.file("commands", "STAT\r\nQUIT\r\n")
        options = ["-t", task.certificate or ""] if task.stls else []
        done = task.run([store / "usr/lib/cyrus/bin/pop3test", "-p", lab.POP3,
                         "-m", self.does[task.mechanism], "-a", task.user, "-u", task.user,
                         "-w", task.password, *options, "-f", commands, lab.HOST])
        return Done(b"Authenticated." in done.stdout, said(done))


class Perl(Client):
    """Net::POP3 of Perl, with Authen::SASL."""

    name, package = "perl", "libauthen-sasl-perl"
    programs = {"perl": "perl"}
    does = {"USER/PASS": None, "APOP": None, "PLAIN": None, "LOGIN": None, "CRAM-MD5": None,
            "DIGEST-MD5": None, "ANONYMOUS": None, "EXTERNAL": None, "GSSAPI": None}
    otherwise = "Authen::SASL::Perl has no such mechanism"
    script = r"""
use strict; use Net::POP3; use JSON::PP; use Authen::SASL;
my $task = decode_json(do { local $/; <STDIN> });
utf8::encode($_) for @$task{qw(user password)};
my $pop = Net::POP3->new($task->{host}, Port => $task->{port}, Timeout => 15, Debug => 1) or die "no connection";
if ($task->{stls}) { $pop->starttls(SSL_verify_mode => 0,
	$task->{certificate} ? (SSL_cert_file => $task->{certificate}, SSL_key_file => $task->{certificate}) : ()) or die "no TLS" }
my $done;
if ($task->{mechanism} eq "USER/PASS") { $done = defined $pop->login($task->{user}, $task->{password}) }
elsif ($task->{mechanism} eq "APOP") { $done = defined $pop->apop($task->{user}, $task->{password}) }
else {
	my $sasl = Authen::SASL->new(mechanism => $task->{mechanism},
		callback => { user => $task->{user}, pass => $task->{password},
			$task->{mechanism} eq "EXTERNAL" ? (authname => $task->{user}) : () });
	$done = $pop->auth($sasl);
}
$pop->quit;
exit($done ? 0 : 1);
"""

    def asks(self, task):
        return task.mechanism not in ("USER/PASS", "APOP")

    def log_in(self, task):
        script = task.file("script.pl", self.script)
        done = task.run(["perl", script], text=json.dumps({
            "host": lab.HOST, "port": lab.POP3, "mechanism": task.mechanism, "stls": task.stls, "certificate": str(task.certificate or ""),
            "user": task.user, "password": task.password}))
        return Done(done.returncode == 0, said(done))


class Snail(Client):
    name, package = "s-nail", "s-nail"
    programs = {"s-nail": "s-nail"}
    # Its oauthbearer is XOAUTH2 on the wire.
    does = {"USER/PASS": "plain", "APOP": "plain", "XOAUTH2": "oauthbearer", "GSSAPI": "gssapi",
            "EXTERNAL": "external"}
    otherwise = "pop3-auth of s-nail knows no such mechanism (s-nail(1))"
    no_clear = {"XOAUTH2": "s-nail sends tokens under TLS only",
                "EXTERNAL": "s-nail does EXTERNAL under TLS only"}
    lacks = {"OAUTHBEARER": "s-nail's pop3-auth=oauthbearer sends AUTH XOAUTH2"}

    def asks(self, _task):
        return False

    def log_in(self, task):
        sets = ["v15-compat", f"pop3-auth={self.does[task.mechanism]}", f"user={task.user}",
                f"password={task.password}", "tls-verify=ignore", "nofolder-hook", "quit"]
        if task.mechanism != "APOP":
            sets.append("pop3-no-apop")
        if task.stls:
            sets.append("pop3-use-starttls")
        if task.certificate:
            sets.append(f"tls-config-pairs=Certificate={task.certificate},"
                        f"PrivateKey={task.certificate}")
        argv = ["s-nail", "-:/", "-v"]
        for each in sets:
            argv += ["-S", each]
        done = task.run([*argv, "-f", f"pop3://{task.user}@{lab.HOST}/"], text="xit\n")
        return Done(done.returncode == 0, said(done))


class Movemail(Client):
    """GNU mailutils."""

    name, package = "movemail", "mailutils"
    programs = {"movemail": "mailutils"}
    does = {"USER/PASS": "*", "APOP": "+apop"}
    otherwise = "mailutils' POP3 client has USER/PASS and APOP only"

    def log_in(self, task):
        # The ticket file is read as URLs are.
        quoted = "".join(chr(byte) if byte < 128 and chr(byte).isalnum() else f"%{byte:02x}"
                         for byte in task.password.encode())
        word = self.does[task.mechanism]
        done = task.run(["movemail", "--preserve",
                         f"pop://{task.user}:{quoted};auth={word}@{lab.HOST}:{lab.POP3}" + ("" if task.stls else ";notls"),
                         task.home / "kept"])
        return Done(done.returncode == 0, said(done))


CLASSES = {client.name: client for client in (Curl, Fetchmail, Mpop, Getmail, Mutt, Poplib, Openssl,
                                              Pop3test, Perl, Snail, Movemail)}
