//! `<data>/peiyu.toml`: what `peiyu up` knows is written anew each time, what a user added stays as it is.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use toml::Table;

use crate::failure::Failure;
use crate::logins::Login;
use crate::place::write_private;

/// Sections that `up` writes; every other one belongs to the user.
const OURS: [&str; 5] = ["database", "nats", "http", "vault", "clock"];
const HEAD: &str = "\
# peiyu up 写的设置；[database] [nats] [http] [vault] [clock] 每次启动重写，其他小节归你，原样保留。
# Settings written by peiyu up: these five sections are written at each start, all others are yours and kept.
# 例 for example:
#   [smtp]
#   host = \"smtp.example.edu\"
#   port = 587
#   security = \"starttls\"
#   from = \"培育系统 <peiyu@example.edu>\"
";

/// What `up` found out.
#[derive(Debug, Clone)]
pub(crate) struct Known<'a> {
    /// Short name of the university.
    pub tenant: &'a str,
    /// The data folder.
    pub data: &'a Path,
    /// Events and read models.
    pub database_url: &'a str,
    /// Keys.
    pub keys_url: &'a str,
    /// The services' own logins.
    pub logins: &'a [Login],
    /// nats-server.
    pub nats_url: &'a str,
    /// Its user.
    pub nats_user: &'a str,
    /// Its password.
    pub nats_password: &'a str,
    /// Services with users of their own: name of the service, user, password.
    pub nats_logins: &'a [(&'static str, String, String)],
    /// Where the api listens.
    pub listen: SocketAddr,
    /// How people reach it; none makes it from the address.
    pub public_url: Option<&'a str>,
    /// Proxies that are believed, as the user wrote them.
    pub trusted_proxies: Option<&'a str>,
    /// The master key.
    pub master_key_file: &'a Path,
    /// Seconds ahead of the machine's clock.
    pub offset_seconds: i64,
}

/// What the last start, or the user, wrote into our sections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Short name of the university.
    pub tenant: Option<String>,
    /// Where the api listened.
    pub listen: Option<SocketAddr>,
    /// An address that was not made from `listen`.
    pub public_url: Option<String>,
    /// Proxies that are believed.
    pub trusted_proxies: Option<String>,
}

/// Reads what is kept from one start to the next.
///
/// # Errors
/// When the file is there and no TOML.
pub(crate) fn kept(path: &Path) -> Result<Kept, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(error) => return Err(Failure::file(path)(error)),
    };
    let table: Table = toml::from_str(&text).map_err(|error| {
        Failure::usage(
            format!("{} 有错，改好再启动", path.display()),
            format!("{} has a fault; mend it first", path.display()),
        )
        .because(error)
    })?;
    let http = table.get("http").and_then(toml::Value::as_table);
    let text_of = |name: &str| Some(http?.get(name)?.as_str()?.to_owned());
    let listen: Option<SocketAddr> = text_of("listen").and_then(|listen| listen.parse().ok());
    let made = listen.map(public_url_of);
    let public_url = text_of("public_url").filter(|url| Some(url) != made.as_ref());
    let tenant = table.get("tenant").and_then(|tenant| tenant.as_str()).map(ToOwned::to_owned);
    Ok(Kept { tenant, listen, public_url, trusted_proxies: text_of("trusted_proxies") })
}

/// Writes our sections and keeps the user's, comments and all.
///
/// # Errors
/// When the file cannot be read or written.
pub(crate) fn write(path: &Path, known: &Known<'_>) -> Result<(), Failure> {
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::file(path)(error)),
    };
    let text = format!("{HEAD}{}\n{}", ours(known), users(&before));
    if text == before { Ok(()) } else { write_private(path, &text) }
}

/// `http://…` at which a browser on this machine reaches `listen`.
pub(crate) fn public_url_of(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        return format!("http://127.0.0.1:{}", listen.port());
    }
    format!("http://{listen}")
}

fn ours(known: &Known<'_>) -> String {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let file = |path: &Path| quote(&path.display().to_string());
    let public_url = known.public_url.map_or_else(|| public_url_of(known.listen), ToOwned::to_owned);
    let proxies = known.trusted_proxies.map(|proxies| format!("trusted_proxies = {}\n", quote(proxies)));
    let proxies = proxies.unwrap_or_default();
    let sections = [
        format!("\ntenant = {}\ndata = {}\n", quote(known.tenant), file(known.data)),
        format!("[database]\nurl = {}\nkeys_url = {}\n", quote(known.database_url), quote(known.keys_url)),
        known.logins.iter().map(login).collect::<Vec<_>>().join("\n"),
        format!(
            "[nats]\nurl = {}\nuser = {}\npassword = {}\n",
            quote(known.nats_url),
            quote(known.nats_user),
            quote(known.nats_password)
        ),
        nats_logins(known),
        format!(
            "[http]\nlisten = {}\npublic_url = {}\n{proxies}",
            quote(&known.listen.to_string()),
            quote(&public_url)
        ),
        format!("[vault]\nmaster_key_file = {}\n", file(known.master_key_file)),
        format!("[clock]\noffset_seconds = {}\n", known.offset_seconds),
    ];
    sections.join("\n")
}

fn login(login: &Login) -> String {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let keys = login.keys_url.as_ref().map_or_else(String::new, |url| format!("keys_url = {}\n", quote(url)));
    format!("[database.{}]\nurl = {}\n{keys}", login.service, quote(&login.url))
}

/// One section for each service that speaks to NATS as a user of its own.
fn nats_logins(known: &Known<'_>) -> String {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let sections = known.nats_logins.iter().map(|(service, user, password)| {
        format!("[nats.{service}]\nuser = {}\npassword = {}\n", quote(user), quote(password))
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// The sections of a settings file that are not ours, word for word.
fn users(text: &str) -> String {
    let mut kept = String::new();
    let mut keep = false;
    for line in text.lines() {
        let header = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next());
        if let Some(header) = header {
            let section = header.trim_start_matches('[').split('.').next().unwrap_or_default().trim();
            keep = !OURS.contains(&section);
        }
        if keep {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn known(listen: &str) -> Known<'static> {
        Known {
            tenant: "demo",
            data: Path::new("/data"),
            database_url: "postgres://u:p@127.0.0.1:1/peiyu",
            keys_url: "postgres://u:p@127.0.0.1:1/peiyu_keys",
            logins: &[],
            nats_url: "nats://127.0.0.1:2",
            nats_user: "peiyu",
            nats_password: "secret",
            nats_logins: &[],
            listen: listen.parse().unwrap(),
            public_url: None,
            trusted_proxies: None,
            master_key_file: Path::new("/data/master.key"),
            offset_seconds: 0,
        }
    }

    #[test]
    fn what_is_written_is_what_services_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu.toml");
        write(&file, &known("127.0.0.1:8730")).unwrap();
        let settings = peiyu_platform::Settings::load(&file).unwrap();
        assert_eq!(settings.tenant, "demo");
        assert_eq!(settings.http.public_url, "http://127.0.0.1:8730");
    }

    #[test]
    fn proxies_that_the_user_named_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu.toml");
        let proxies = Some("10.0.0.1, 2001:db8::1");
        write(&file, &Known { trusted_proxies: proxies, ..known("127.0.0.1:8730") }).unwrap();
        let kept = kept(&file).unwrap();
        assert_eq!(kept.trusted_proxies.as_deref(), proxies);
        let named = peiyu_platform::Settings::load(&file).unwrap().http.trusted_proxies.unwrap();
        assert_eq!(named, ["10.0.0.1", "2001:db8::1"].map(|one| one.parse::<std::net::IpAddr>().unwrap()));
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("10.0.0.1", "proxy.example"))
            .unwrap();
        assert!(peiyu_platform::Settings::load(&file).is_err(), "a name is no address");
    }

    #[test]
    fn a_service_gets_the_user_that_was_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu.toml");
        let logins = [("relay", "peiyu-relay".to_owned(), "s\"1".to_owned())];
        write(&file, &Known { nats_logins: &logins, ..known("127.0.0.1:8730") }).unwrap();
        let nats = peiyu_platform::Settings::load(&file).unwrap().nats;
        let (user, password) = nats.login(nats.relay.as_ref());
        assert_eq!((user, password.unwrap().expose_secret()), (Some("peiyu-relay"), "s\"1"));
        assert_eq!(nats.login(nats.projector.as_ref()).0, Some("peiyu"));
    }

    #[test]
    fn a_section_that_a_user_added_stays_with_its_comments() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu.toml");
        write(&file, &known("127.0.0.1:8730")).unwrap();
        let smtp = "[smtp]\n# 学校邮件\nhost = \"mail.example\"\nport = 587\nsecurity = \"starttls\"\nfrom = \"a@b.example\"\n";
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}\n{smtp}")).unwrap();
        write(&file, &known("127.0.0.1:9000")).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.ends_with(smtp), "{text}");
        assert_eq!(text.matches("\n[http]").count(), 1, "{text}");
        let settings = peiyu_platform::Settings::load(&file).unwrap();
        assert_eq!(settings.smtp.unwrap().host, "mail.example");
        assert_eq!(settings.http.listen.port(), 9000);
    }

    #[test]
    fn an_address_that_a_user_set_for_people_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu.toml");
        write(&file, &known("127.0.0.1:8730")).unwrap();
        assert_eq!(kept(&file).unwrap().public_url, None);
        let public = Known { public_url: Some("https://peiyu.example.edu"), ..known("127.0.0.1:8730") };
        write(&file, &public).unwrap();
        assert_eq!(kept(&file).unwrap().public_url.as_deref(), Some("https://peiyu.example.edu"));
    }
}
