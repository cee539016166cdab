# SPDX-License-Identifier: GPL-3.0-or-later
"""Real POP3 servers for tests/e2e/matrix, each with all the mechanisms it can do.

    with lab.Network() as network, CLASSES["dovecot"](network) as server:
        server.offers        # mechanisms in the clear
        server.seen("192.0.2.10")

A server runs in the network's server namespace. Those whose Debian packages conflict with one
another are not installed: packaging/deps unpacks them into STORE, and a Stage lays them over the
system's own /etc, /usr and /var where only that server's processes can see it.
"""

import base64
import collections
import contextlib
import hashlib
import hmac
import json
import math
import os
import pathlib
import re
import shlex
import socket
import subprocess
import tempfile
import threading

import lab

# Not below a folder that a Stage covers.
STORE = pathlib.Path("/opt/plainpop/servers")
REALM = "EXAMPLE.ORG"
DOMAIN = "EXAMPLE"  # of NTLM

# Besides lab.USERS.
NO_PASSWORD = "olga"  # EXTERNAL says who she is, and that is all
OTP_USER, OTP_PASSPHRASE = "peggy", "peggy Secret phrase"

# What a server has seen from an address: the logins it took as (user, mechanism), how many it
# refused, whether TLS was on. None where its log does not say.
Seen = collections.namedtuple("Seen", "accepted refused tls")


def unpacked(package):
    """Where packaging/deps has unpacked a server."""
    path = STORE / package
    if not path.is_dir():
        raise lab.LabError(f"no {path}: packaging/deps matrix")
    return path


class Server(contextlib.ExitStack):
    """A server in the network's server namespace, on port 110; leaving the with block ends it.

    offers: mechanisms it takes in the clear. refuses: those it says no to in the clear, before a
    secret is sent. lacks: why the others are not there. stls: whether it offers STLS.
    """

    name = package = ""
    offers = ()
    lacks = {}
    stls = True
    capa = True  # it knows CAPA
    clear = True  # passwords are taken without TLS
    no_clear = {}
    kerberized = False
    no_mailbox = ()  # mechanisms whose user it knows but has no mail for, so that it says -ERR

    def __init__(self, network):
        super().__init__()
        self.network = network
        self._marked = 0

    def __enter__(self):
        super().__enter__()
        try:
            self.home = pathlib.Path(self.enter_context(
                tempfile.TemporaryDirectory(prefix="plainpop-matrix-")))
            self.home.chmod(0o755)
            self._log = self.home / "log"
            self._log.touch(mode=0o666)
            self._certificate()
            if self.kerberized:
                self.kerberos = self.enter_context(Kerberos(self.network, self.home))
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def _certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        f"/CN={lab.HOST}", "-addext", f"subjectAltName=DNS:{lab.HOST}", "-keyout",
                        self.home / "key.pem", "-out", self.home / "cert.pem"],
                       check=True, capture_output=True)
        # A certificate that says who a client is, key and all.
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        f"/CN={NO_PASSWORD}", "-CA", self.home / "cert.pem", "-CAkey",
                        self.home / "key.pem", "-keyout", self.home / "client.key",
                        "-out", self.home / "client.crt"],
                       check=True, capture_output=True)
        self.client_certificate = self.home / "client.pem"
        self.client_certificate.write_text((self.home / "client.key").read_text()
                                           + (self.home / "client.crt").read_text())

    def _daemon(self, argv, **options):
        """Start a program that stays in the foreground; it ends with the with block."""
        with open(self.home / "stderr", "ab") as stderr:
            process = self.network.server.popen(argv, stdout=stderr, stderr=stderr, **options)
        self.callback(self.end, process)
        return process

    @staticmethod
    def end(process):
        """Stop a process, gently first."""
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait(self, process):
        """Until it answers."""
        try:
            lab.wait_until(lambda: self._greets(process), self.name)
        except lab.LabError as error:
            raise lab.LabError(f"{error}\n{self.log()}") from None

    def _greets(self, process):
        if process.poll() is not None:
            raise lab.LabError(f"{self.name} ended with status {process.returncode}")
        try:
            with self.network.client.entered():
                probe = socket.create_connection((lab.SERVER_V4, lab.POP3), timeout=5)
            with probe:
                greeting = probe.recv(4096)
                probe.sendall(b"QUIT\r\n")
                while probe.recv(4096):
                    pass
        except OSError:
            return False
        return greeting.startswith(b"+OK")

    def log(self):
        """What the server had to say."""
        return "".join(path.read_text(errors="replace")
                       for path in (self.home / "stderr", self._log) if path.exists())

    def seen(self, address):
        """What it logged about the clients at an address."""
        raise NotImplementedError

    def excepts(self, _cell):
        """Why a cell cannot be although the server has the mechanism, or None."""
        return None

    def method(self, _mechanism):
        """A mechanism in the words of its log, None where it does not say."""
        return None

    def mark(self):
        """A new client comes."""
        self._marked = len(self.log())

    def _said(self):
        """What it logged since then."""
        return self.log()[self._marked:]


class Stage:
    """A mount namespace in which an unpacked server is installed, as it seems.

    Over /etc, /usr and /var lie, from below: the system's, the server's, our own files, and a place
    in memory for what is written. /dev/log is ours, too. All of it goes with the last process.
    """

    _script = """\
set -e
stage=$1
shift
mount -t tmpfs stage $stage/mnt
for folder in etc usr var; do
	mkdir -p $stage/mnt/$folder/upper $stage/mnt/$folder/work
	chmod 755 $stage/mnt/$folder/upper
	lower=/$folder
	for root in "$STORE" "$stage/root"; do
		[ ! -d "$root/$folder" ] || lower=$root/$folder:$lower
	done
	mnt=$stage/mnt/$folder
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$mnt/upper,workdir=$mnt/work" /$folder
done
mkdir $stage/mnt/dev
for device in null zero random urandom full; do
	touch $stage/mnt/dev/$device
	mount --bind /dev/$device $stage/mnt/dev/$device
done
ln -s $stage/log $stage/mnt/dev/log
ln -s /proc/self/fd $stage/mnt/dev/fd
mount --rbind $stage/mnt/dev /dev
mount -t tmpfs -o mode=755 run /run
exec "$@"
"""

    def __init__(self, home, package):
        self._home, self._store = home / "stage", unpacked(package)
        self._home.mkdir()
        (self._home / "mnt").mkdir()
        (self._home / "script").write_text(self._script)
        self.log = home / "syslog"
        self.log.touch()

    def write(self, path, text, mode=0o644, owner=0):
        """A file of our own, at an absolute path of the stage."""
        path = self._home / "root" / path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        os.chown(path, owner, owner)

    def permit(self, path, mode):
        """Change the mode of a file or folder of our own."""
        (self._home / "root" / path.lstrip("/")).chmod(mode)

    def own(self, path, owner):
        """Give a folder of our own and all in it to someone."""
        path = self._home / "root" / path.lstrip("/")
        for each in (path, *path.rglob("*")):
            os.chown(each, owner, owner)

    def enter(self, argv):
        """The command that runs a command on the stage."""
        return ["env", f"STORE={self._store}", "sh", self._home / "script", self._home, *argv]

    @contextlib.contextmanager
    def syslog(self):
        """Keep what is written to /dev/log in self.log."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
            inbox.bind(str(self._home / "log"))
            os.chmod(self._home / "log", 0o666)
            inbox.settimeout(0.2)
            ended = threading.Event()

            def keep():
                with open(self.log, "ab", buffering=0) as log:
                    while not ended.is_set():
                        with contextlib.suppress(TimeoutError):
                            log.write(inbox.recv(8192).rstrip(b"\n\0") + b"\n")
            thread = threading.Thread(target=keep)
            thread.start()
            try:
                yield
            finally:
                ended.set()
                thread.join()


class Kerberos(contextlib.ExitStack):
    """A realm with alice and the POP3 server in it; its KDC listens in the client namespace only."""

    def __init__(self, network, home):
        super().__init__()
        self._network, self._home = network, home / "krb5"
        self.configuration = self._home / "krb5.conf"
        self.keytab, self.tickets = self._home / "keytab", self._home / "tickets"
        self.environment = {"KRB5_CONFIG": str(self.configuration),
                            "KRB5CCNAME": f"FILE:{self.tickets}"}

    def __enter__(self):
        super().__enter__()
        programs = unpacked("krb5") / "usr/sbin"
        plugins = next(unpacked("krb5").glob("usr/lib/*/krb5/plugins/kdb"))
        self._home.mkdir()
        self.configuration.write_text(f"""\
[libdefaults]
default_realm = {REALM}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{REALM} = {{
	kdc = 127.0.0.1:88
}}
[domain_realm]
{lab.HOST} = {REALM}
[dbmodules]
db_module_dir = {plugins}
""")
        (self._home / "kdc.conf").write_text(f"""\
[kdcdefaults]
kdc_listen = 127.0.0.1:88
kdc_tcp_listen = 127.0.0.1:88
[realms]
{REALM} = {{
	database_name = {self._home}/principal
	key_stash_file = {self._home}/stash
	acl_file = {self._home}/acl
}}
[logging]
kdc = FILE:{self._home}/kdc.log
""")
        environment = {**os.environ, **self.environment,
                       "KRB5_KDC_PROFILE": str(self._home / "kdc.conf")}

        def run(*argv, text=None):
            done = subprocess.run([str(each) for each in argv], env=environment, input=text,
                                  capture_output=True, text=True, timeout=20)
            if done.returncode:
                raise lab.LabError(f"{argv[0]}: {done.stderr.strip()}")
        run(programs / "kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        service = f"pop/{lab.HOST}"
        for command in (f'addprinc -pw "{lab.USERS["alice"]}" alice', f"addprinc -randkey {service}",
                        f"ktadd -k {self.keytab} {service}"):
            run(programs / "kadmin.local", "-r", REALM, "-q", command)
        self.keytab.chmod(0o644)
        with open(self._home / "kdc.err", "wb") as errors:
            process = self._network.client.popen([programs / "krb5kdc", "-n", "-r", REALM],
                                                 env=environment, stdout=errors, stderr=errors)
        self.callback(Server.end, process)
        netns = ["ip", "netns", "exec", self._network.client.name]

        def has_ticket():
            with contextlib.suppress(lab.LabError):
                run(*netns, "kinit", "alice", text=lab.USERS["alice"] + "\n")
            return self.tickets.exists()
        lab.wait_until(has_ticket, "the KDC", tries=80)
        return self


# --- Dovecot -------------------------------------------------------------------------------------

def token(user, key):
    """A JSON Web Token for a user, signed with a key (RFC 7519, HS256)."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    claims = {"sub": user, "email": user, "scope": "mail", "exp": 4102444800, "nbf": 0, "iat": 0}
    text = b".".join((part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()),
                      part(json.dumps(claims).encode())))
    return (text + b"." + part(hmac.digest(key, text, hashlib.sha256))).decode()


class Dovecot(Server):
    """Dovecot with every mechanism that Debian's has."""

    name, package = "dovecot", "dovecot-pop3d"
    kerberized = True
    offers = ("USER/PASS", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
              "SCRAM-SHA-256", "NTLM", "APOP", "XOAUTH2", "OAUTHBEARER", "ANONYMOUS", "EXTERNAL",
              "OTP", "GSSAPI", "GSS-SPNEGO")
    lacks = {
        "SKEY": "Dovecot 2.3.19 answers auth_mechanisms=skey with Unknown authentication mechanism",
        "KERBEROS_V4": "Dovecot has no such mechanism",
        "SCRAM-SHA-512": "Dovecot 2.3.19 has SCRAM-SHA-1 and SCRAM-SHA-256 only",
    }
    _key = b"plainpop-lab-Secret-key"
    _mechanisms = ("plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 ntlm apop xoauth2"
                   " oauthbearer anonymous external otp gssapi gss-spnego")
    _plaintext = "no"

    def token(self, user):
        return token(user, self._key)

    def _start(self):
        home = self.home
        self._users()
        (home / "keys/default/HS256").mkdir(parents=True)
        (home / "keys/default/HS256/default").write_bytes(base64.b64encode(self._key))
        (home / "oauth2.conf").write_text(f"""\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={home}/keys/
username_attribute = sub
""")
        subprocess.run(["sqlite3", home / "otp.db"], check=True, text=True, input=f"""\
create table users (name text, password text);
insert into users values ('{OTP_USER}', '{{OTP}}{otp_state(OTP_PASSPHRASE)}');
""")
        (home / "sql.conf").write_text(f"""\
driver = sqlite
connect = {home}/otp.db
password_query = SELECT name AS user, password FROM users WHERE name = '%u'
update_query = UPDATE users SET password = '%w' WHERE name = '%u'
""")
        for path in (home / "otp.db", home):
            os.chmod(path, 0o777)
        # Samba's helper checks NTLM by itself when it is told the password.
        helper = home / "ntlm"
        (home / "smb.conf").write_text(f"""\
[global]
workgroup = {DOMAIN}
lock directory = {home}/samba
state directory = {home}/samba
cache directory = {home}/samba
private dir = {home}/samba
""")
        (home / "samba").mkdir(mode=0o777)
        os.chmod(home / "samba", 0o777)
        helper.write_text(f"""\
#!/bin/sh
exec {unpacked("winbind")}/usr/bin/ntlm_auth --configfile={home}/smb.conf "$@" \\
	--username=alice --domain={DOMAIN} --password={shlex.quote(lab.USERS["alice"])}
""")
        helper.chmod(0o755)
        (home / "dovecot.conf").write_text(f"""\
base_dir = {home}/run
state_dir = {home}/state
log_path = {self._log}
protocols = pop3
listen = *, ::
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
ssl_ca = <{home}/cert.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
auth_mechanisms = {self._mechanisms}
disable_plaintext_auth = {self._plaintext}
auth_failure_delay = 0 secs
auth_winbind_helper_path = {helper}
auth_use_winbind = yes
auth_krb5_keytab = {self.kerberos.keytab}
import_environment = TZ CORE_OUTOFMEM CORE_ERROR KRB5_CONFIG={self.kerberos.configuration}
auth_gssapi_hostname = "$ALL"
auth_verbose = yes
login_log_format_elements = user=<%u> method=%m rip=<%r> %c
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
passdb {{
  driver = sql
  mechanisms = otp
  args = {home}/sql.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = {" ".join(name for name in self._mechanisms.split()
                        if name not in ("xoauth2", "oauthbearer", "otp"))}
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={home}/mail/%n
}}
mail_location = maildir:~/Maildir
first_valid_gid = 65534
pop3_no_flag_updates = yes
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
""")
        self._wait(self._daemon(["dovecot", "-F", "-c", home / "dovecot.conf"]))

    def _users(self):
        with open(self.home / "users", "w", encoding="ascii") as users:
            for name, password in lab.USERS.items():
                encoded = base64.b64encode(password.encode()).decode()
                users.write(f"{name}:{{PLAIN.b64}}{encoded}\n")
            users.write(f"{NO_PASSWORD}:{{PLAIN}}:::::: nopassword=y\n")
        for name in (*lab.USERS, NO_PASSWORD, OTP_USER, "anonymous"):
            home = self.home / "mail" / name
            for folder in ("cur", "new", "tmp"):
                (home / "Maildir" / folder).mkdir(parents=True)
            (home / "Maildir/cur/1.1.lab:2,").write_text(lab.MESSAGES[0])
        for path in (self.home / "mail", *(self.home / "mail").rglob("*")):
            os.chown(path, 65534, 65534)

    def excepts(self, cell):
        if cell.mechanism == "GSS-SPNEGO" and cell.variant == "right":
            return ("Dovecot's GSS-SPNEGO is Samba's ntlm_auth in Debian, which takes no tickets"
                    " outside a domain; refused logins are done")
        return None

    def method(self, mechanism):
        return "PLAIN" if mechanism == "USER/PASS" else mechanism

    def seen(self, address):
        accepted, refused, tls = [], 0, False
        for line in self.log().splitlines():
            if f"rip=<{address}>" not in line or ": Debug: " in line:
                continue
            tls = tls or bool(re.search(r"rip=<[^>]*>,? TLS", line))
            if re.search(r"pop3-login: (Info: )?Login: ", line):
                user, method = re.search("user=<([^>]*)>, method=([^,]*)", line).groups()
                # With NTLM it says user@domain. USER/PASS is PLAIN to it.
                accepted.append((user.split("@")[0], method))
            failed = re.search(r"auth failed, (\d+) attempts", line)
            refused += int(failed[1]) if failed else 0
        return Seen(accepted, refused, tls)


class StrictDovecot(Dovecot):
    """Dovecot that takes no plaintext password without TLS."""

    name = "dovecot-strict"
    _plaintext = "yes"
    clear = False


class XOAuth2Dovecot(Dovecot):
    """Dovecot without OAUTHBEARER, which curl would always prefer to XOAUTH2."""

    name = "dovecot-xoauth2"
    _mechanisms = Dovecot._mechanisms.replace(" oauthbearer", "")
    offers = ("XOAUTH2",)
    lacks = collections.defaultdict(lambda: "as with dovecot: done there")


def otp_state(passphrase):
    """What a server keeps of an RFC 2289 passphrase: algorithm, count, seed, hash in hex."""
    count, seed = 999, "plainpop1"
    def fold(data):
        # SHA-1 gives 160 bits, of which RFC 2289 (appendix A) makes 64.
        digest = hashlib.sha1(data).digest()
        words = [int.from_bytes(digest[i:i + 4], "big") for i in range(0, 20, 4)]
        folded = (words[0] ^ words[2] ^ words[4], words[1] ^ words[3])
        return b"".join(word.to_bytes(4, "little") for word in folded)
    state = fold((seed + passphrase).encode())
    for _ in range(count):
        state = fold(state)
    return f"sha1 {count} {seed} {state.hex()}"



# --- servers for the users of a system ------------------------------------------------------------

# inetd, as a program for "python3 -c": each connection is a process.
INETD = """
import socket, subprocess, sys
with socket.create_server(("::", 110), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    while True:
        connection, _ = server.accept()
        subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection)
        connection.close()
"""


FIRST_USER = 7000


class StagedServer(Server):
    """A server on a stage, for users of that stage's system."""

    accounts = {}  # of the server itself

    def _start(self):
        self.stage = Stage(self.home, self.package)
        self.enter_context(self.stage.syslog())
        self._write_accounts()
        self._configure()
        process = self._daemon(self.stage.enter(self._command()))
        self._wait(process)

    @staticmethod
    def users():
        """Those whose name can be one of a system's user; FIRST_USER is the first one's number."""
        return [name for name in lab.USERS if "@" not in name]

    def _write_accounts(self):
        users = self.users()
        passwd, group, shadow = (
            [line for line in pathlib.Path("/etc", name).read_text().splitlines()
             if line.split(":")[0] not in {*users, *self.accounts}]
            for name in ("passwd", "group", "shadow"))
        for service in ("popa3d", "solid-pop3d", "pop3"):
            self.stage.write(f"/etc/pam.d/{service}", "auth required pam_unix.so nodelay\n"
                                                      "account required pam_unix.so\n")
        self.stage.write("/var/mail/.keep", "")
        self.stage.permit("/var/mail", 0o1777)
        for number, name in enumerate([*users, *self.accounts], start=FIRST_USER):
            home = self.accounts.get(name, f"/var/lab/{name}")
            passwd.append(f"{name}:x:{number}:{number}::{home}:/bin/sh")
            group.append(f"{name}:x:{number}:")
            crypted = subprocess.run(["openssl", "passwd", "-6", "-stdin"], capture_output=True,
                                     input=lab.USERS.get(name, os.urandom(9).hex()) + "\n",
                                     check=True, text=True).stdout.strip()
            shadow.append(f"{name}:{crypted}:20000:0:99999:7:::")
            if name in users:
                self.stage.write(f"/var/mail/{name}", MBOX, 0o600, number)
                for folder in ("cur", "new", "tmp"):
                    self.stage.write(f"{home}/Maildir/{folder}/.keep", "", 0o600, number)
                self.stage.own(home, number)
        self.stage.write("/etc/passwd", "\n".join(passwd) + "\n")
        self.stage.write("/etc/group", "\n".join(group) + "\n")
        self.stage.write("/etc/shadow", "\n".join(shadow) + "\n", 0o600)

    def _configure(self):
        pass

    def _command(self):
        raise NotImplementedError

    def log(self):
        return super().log() + self.stage.log.read_text(errors="replace")


MBOX = "From bob@example.org Mon Mar  2 09:00:00 2026\n" + lab.MESSAGES[0] + "\n"


class Popa3d(StagedServer):
    name = package = "popa3d"
    offers = ("USER/PASS",)
    stls = capa = False
    accounts = {"popa3d": "/var/lib/popa3d"}

    def _command(self):
        # Its -D would leave for the background.
        self.stage.write("/var/lib/popa3d/.keep", "")
        return ["python3", "-c", INETD, "popa3d"]

    def seen(self, _address):
        said = self._said()
        return Seen([(user, None) for user in
                     re.findall(r"Authentication passed for (\S+)", said)],
                    said.count("Authentication failed"), None)


class SolidPop3d(StagedServer):
    name = package = "solid-pop3d"
    offers = ("USER/PASS", "APOP")
    stls = capa = False
    accounts = {"spop3d": "/var/lib/solid-pop3d"}

    def _configure(self):
        for number, name in enumerate(self.users(), start=FIRST_USER):
            # As its pop_auth would write it.
            secret = bytes(255 - byte for byte in lab.USERS[name].encode()).hex()
            self.stage.write(f"/var/lab/{name}/.spop3d", f"APOPSecret {secret} \n", 0o600, number)

    def _command(self):
        return ["python3", "-c", INETD, "solid-pop3d"]

    def seen(self, _address):
        said = self._said()
        return Seen([(user, None) for user in re.findall(r"user (\S+) authenticated", said)],
                    said.count("authentication failed for user"), None)


class Mailutils(StagedServer):
    name, package = "mailutils", "mailutils"
    offers = ("USER/PASS", "APOP")

    def _configure(self):
        self.stage.write("/etc/lab/cert.pem", (self.home / "cert.pem").read_text())
        self.stage.write("/etc/lab/key.pem", (self.home / "key.pem").read_text(), 0o600)
        self.stage.write("/etc/lab/apop", "".join(
            f"{name}: {password}\n" for name, password in lab.USERS.items() if name == "alice"))
        self.stage.write("/etc/lab/pop3d.conf", """\
mode daemon;
foreground yes;
logging { syslog yes; facility mail; };
apop-database-file "/run/apop.db";
apop-database-safety none;
auth { authentication pam:system; authorization system; };
pam { service pop3; };
tcp-wrappers { enable no; };
tls { ssl-certificate-file /etc/lab/cert.pem; ssl-key-file /etc/lab/key.pem; };
server 0.0.0.0:110 { tls-mode ondemand; };
""")
    def _command(self):
        return ["sh", "-c", "popauth --create --file /etc/lab/apop --output /run/apop.db"
                            " --permissions 600; exec pop3d --config-file=/etc/lab/pop3d.conf"]

    def excepts(self, cell):
        if cell.mechanism == "APOP" and cell.variant == "right":
            return ("mailutils 3.15's pop3d finds nothing in its APOP database, whatever popauth"
                    " has put there; refused logins are done")
        return None

    def seen(self, _address):
        said = self._said()
        return Seen([(user, None) for user in re.findall(r"user `(\S+)' logged in", said)],
                    len(re.findall("': authentication failed|not found in the database", said)), None)


# --- Courier ---------------------------------------------------------------------------------------

class Courier(StagedServer):
    name = package = "courier"
    offers = ("USER/PASS", "PLAIN", "LOGIN", "CRAM-MD5")
    accounts = {"courier": "/var/lib/courier"}

    def _configure(self):
        self.stage.write("/etc/lab/pop3d.pem", (self.home / "key.pem").read_text()
                         + (self.home / "cert.pem").read_text())
        lines = []
        for number, (name, password) in enumerate(lab.USERS.items()):
            crypted = subprocess.run(["openssl", "passwd", "-6", "-stdin"], capture_output=True,
                                     input=password + "\n", check=True, text=True).stdout.strip()
            lines.append("|".join((
                f"{name}\tuid=65534", "gid=65534", f"home=/var/lab/{name}", "shell=/bin/sh",
                f"mail=/var/lab/{name}/Maildir", f"systempw={crypted}",
                f"hmac-md5pw={hmac_md5_state(password)}")))
            for folder in ("cur", "new", "tmp"):
                self.stage.write(f"/var/lab/{name}/Maildir/{folder}/.keep", "", 0o600, 65534)
            self.stage.own(f"/var/lab/{name}", 65534)
        rc = (unpacked(self.package) / "etc/courier/authdaemonrc").read_text()
        self.stage.write("/etc/courier/authdaemonrc",
                         rc.replace('authmodulelist="authpam"', 'authmodulelist="authuserdb"'))
        self.stage.write("/etc/courier/userdb", "\n".join(lines) + "\n", 0o600)
        self.stage.write("/etc/lab/courier", """\
set -e
mkdir -p /run/courier/authdaemon
chown -R courier:courier /run/courier
makeuserdb
set -a
. /etc/courier/authdaemonrc
DEBUG_LOGIN=1
/usr/lib/courier/courier-authlib/authdaemond &
. /etc/courier/pop3d-ssl
. /etc/courier/pop3d
POP3AUTH="PLAIN LOGIN CRAM-MD5"
POP3AUTH_TLS="PLAIN LOGIN CRAM-MD5"
POP3_STARTTLS=YES
COURIERTLS=/usr/bin/couriertls
TLS_CERTFILE=/etc/lab/pop3d.pem
TLS_CACHEFILE=
# Its empty "address=0" would be IPv4 alone.
exec couriertcpd -address=0 -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup 110 \
	/usr/lib/courier/courier/courierpop3login /usr/lib/courier/courier/courierpop3d Maildir
""")

    def _command(self):
        return ["sh", "/etc/lab/courier"]

    def seen(self, address):
        accepted = re.findall(rf"LOGIN, user=(\S+), ip=\[(?:::ffff:)?{re.escape(address)}\]",
                              self.log())
        refused = re.findall(rf"LOGIN FAILED, .*ip=\[(?:::ffff:)?{re.escape(address)}\]",
                             self.log())
        return Seen([(user, None) for user in accepted], len(refused), None)


def hmac_md5_state(password):
    """What Courier keeps for CRAM-MD5: MD5 of the outer and the inner key, not finished."""
    key = password.encode()
    key = (hashlib.md5(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return "".join(md5_block(bytes(byte ^ pad for byte in key)).hex() for pad in (0x5c, 0x36))


def md5_block(block):
    """MD5's state after one block of 64 bytes (RFC 1321); hashlib does not show it."""
    sines = [int(abs(math.sin(i + 1)) * 2**32) for i in range(64)]
    shifts = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
    words = [int.from_bytes(block[i:i + 4], "little") for i in range(0, 64, 4)]
    start = a, b, c, d = 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
    for i in range(64):
        mixed, k = ((b & c | ~b & d, i), (d & b | ~d & c, 5 * i + 1), (b ^ c ^ d, 3 * i + 5),
                    (c ^ (b | ~d & 0xffffffff), 7 * i))[i // 16]
        turned = a + mixed + sines[i] + words[k % 16] & 0xffffffff
        shift = shifts[i // 16][i % 4]
        a, b, c, d = d, b + (turned << shift | turned >> 32 - shift) & 0xffffffff, b, c
    return b"".join((x + y & 0xffffffff).to_bytes(4, "little")
                    for x, y in zip(start, (a, b, c, d)))


# --- Cyrus -----------------------------------------------------------------------------------------

class Cyrus(StagedServer):
    name = package = "cyrus"
    offers = ("USER/PASS", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
              "SCRAM-SHA-256", "SCRAM-SHA-512", "NTLM", "EXTERNAL", "ANONYMOUS", "OTP", "GSSAPI",
              "GSS-SPNEGO")
    accounts = {"cyrus": "/var/spool/cyrus"}
    kerberized = True
    no_mailbox = ("ANONYMOUS",)  # it never makes one for him

    def _configure(self):
        self.stage.write("/etc/lab/cert.pem", (self.home / "cert.pem").read_text())
        self.stage.write("/etc/lab/key.pem", (self.home / "key.pem").read_text(), 0o644)
        self.stage.write("/etc/imapd.conf", f"""\
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
servername: {lab.HOST}
autocreate_quota: 0
autocreate_post: yes
autocreate_users: anyone
popminpoll: 0
failedloginpause: 0s
allowplaintext: yes
allowapop: yes
allowanonymouslogin: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /etc/lab/sasldb2
sasl_mech_list: {" ".join(each for each in self.offers if each not in ("USER/PASS", "APOP"))}
tls_server_cert: /etc/lab/cert.pem
tls_server_key: /etc/lab/key.pem
tls_client_ca_file: /etc/lab/cert.pem
sasl_maximum_layer: 256
""")
        self.stage.write("/etc/cyrus.conf", """\
START {
	recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
}
SERVICES {
	pop3 cmd="/usr/lib/cyrus/bin/pop3d" listen="110" prefork=0
}
EVENTS {
}
""")
        for name, password in {**lab.USERS, OTP_USER: OTP_PASSPHRASE}.items():
            self.stage.write(f"/etc/lab/passwords/{name}", password)
        self.stage.write("/etc/krb5.conf", self.kerberos.configuration.read_text())
        self.stage.write("/etc/lab/cyrus", f"""\
set -e
cp {self.kerberos.keytab} /etc/lab/keytab
export KRB5_KTNAME=/etc/lab/keytab
mkdir -p /var/lib/cyrus /var/spool/cyrus/mail /run/cyrus/proc /run/cyrus/lock /run/cyrus/socket
mkdir -p /var/lib/cyrus/db /var/lib/cyrus/ptclient /var/lib/cyrus/proc /var/lib/cyrus/user
for file in /etc/lab/passwords/*; do
	saslpasswd2 -p -c -f /etc/lab/sasldb2 -u {lab.HOST} "${{file##*/}}" <$file
done
chown -R cyrus:cyrus /var/lib/cyrus /var/spool/cyrus /run/cyrus /etc/lab
exec /usr/lib/cyrus/bin/master
""")

    def _command(self):
        return ["sh", "/etc/lab/cyrus"]

    def excepts(self, cell):
        if cell.mechanism == "EXTERNAL" and (cell.tls == "clear" or cell.variant == "wrong"):
            return "Cyrus offers EXTERNAL under TLS only, to a client with a certificate"
        return None

    def log(self):
        return "".join(line for line in super().log().splitlines(keepends=True)
                       if " saslpasswd2: " not in line)

    def method(self, mechanism):
        return "plaintext" if mechanism == "USER/PASS" else mechanism

    def seen(self, address):
        host = rf"(?:\S*\s?)?\[{re.escape(address)}\]"
        accepted = re.findall(rf" login: {host} (\S+) (\S+?)(\+TLS)? User logged in", self.log())
        refused = re.findall(rf" badlogin: {host} ", self.log())
        return Seen([(user, method) for user, method, _ in accepted], len(refused),
                    any(tls for _, _, tls in accepted) if accepted else None)


CLASSES = {server.name: server for server in (Dovecot, StrictDovecot, XOAuth2Dovecot,
                                              Mailutils, Popa3d,
                                              SolidPop3d, Courier, Cyrus)}
