//! A mail server for tests: EHLO, STARTTLS, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA; it can hang, refuse, and fail.

#![expect(clippy::unwrap_used, reason = "a test can do nothing else than fall over")]

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The only user that it signs in.
pub const USER: &str = "peiyu";
/// The user's password.
pub const PASSWORD: &str = "open sesame";

/// Recipients of whom something is true.
#[derive(Debug, Default)]
pub enum Whom {
    /// None.
    #[default]
    Nobody,
    /// These addresses.
    These(Vec<String>),
    /// All.
    Everybody,
}

impl Whom {
    fn includes(&self, address: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::These(addresses) => addresses.iter().any(|one| one == address),
            Self::Everybody => true,
        }
    }
}

/// How it behaves.
#[derive(Default)]
pub struct Manners {
    /// Offers STARTTLS, and takes nothing without.
    pub starttls: Option<TlsAcceptor>,
    /// TLS from the first byte.
    pub tls: Option<TlsAcceptor>,
    /// Wants user and password.
    pub wants_sign_in: bool,
    /// Recipients at whose `RCPT` it hangs for ever.
    pub hangs_at: Whom,
    /// Recipients that it does not know.
    pub refuses: Whom,
    /// Recipients at whose `RCPT` it says that it takes nothing now.
    pub puts_off: Whom,
    /// Recipients whose mail it takes, and breaks the connection off before it says so.
    pub falls_silent_at: Whom,
    /// Recipients whose mail it loses, and breaks the connection off instead of an answer.
    pub loses: Whom,
    /// Every other mail is refused for now after its content.
    pub fails_half: bool,
}

/// A mail that it took.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Address of the envelope.
    pub to: String,
    /// Headers and body as they came.
    pub wire: String,
    /// Whether the connection was encrypted.
    pub was_encrypted: bool,
    /// Whether the sender had signed in.
    pub was_signed_in: bool,
}

#[derive(Default)]
struct Shared {
    mails: Vec<Mail>,
    seen: usize,
}

/// A mail server on this machine, for as long as the value lives.
pub struct Receiver {
    /// Its port on 127.0.0.1.
    pub port: u16,
    manners: Arc<Mutex<Manners>>,
    shared: Arc<Mutex<Shared>>,
    /// Serves until the value goes.
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Listens.
    ///
    /// # Panics
    /// When the machine has no free port.
    pub async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let manners = Arc::new(Mutex::new(manners));
        let shared = Arc::new(Mutex::new(Shared::default()));
        let (for_task, mails) = (Arc::clone(&manners), Arc::clone(&shared));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&for_task), Arc::clone(&mails)));
            }
        });
        Self { port, manners, shared, task }
    }

    /// Everything that it took.
    ///
    /// # Panics
    /// When a conversation panicked.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.lock().unwrap().mails.clone()
    }

    /// Addresses to which mails came, sorted.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        let mut to: Vec<String> = self.mails().into_iter().map(|mail| mail.to).collect();
        to.sort();
        to
    }

    /// Behaves otherwise from now on; who hangs already hangs on.
    ///
    /// # Panics
    /// When a conversation panicked.
    pub fn change(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.manners.lock().unwrap());
    }
}

impl Mail {
    /// Subject and both bodies, decoded.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut base64 = String::new();
        for line in self.wire.lines().chain(["--"]) {
            let is_base64 =
                line.len() > 20 && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
            let continues = !base64.is_empty() && !line.is_empty() && !line.starts_with("--");
            if is_base64 || continues {
                base64.push_str(line.trim());
            } else if !base64.is_empty() {
                let bytes = STANDARD.decode(&base64).unwrap_or_default();
                text.push_str(&String::from_utf8_lossy(&bytes));
                base64.clear();
            }
        }
        text
    }

    /// The subject as readers see it: unfolded, its encoded words (RFC 2047, base64) decoded.
    #[must_use]
    pub fn subject(&self) -> String {
        let head = self.wire.split("\n\n").next().unwrap_or_default().replace("\n ", " ");
        let line = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        let decoded = |word: &str| {
            let inner = word.strip_prefix("=?utf-8?b?")?.strip_suffix("?=")?;
            String::from_utf8(STANDARD.decode(inner).ok()?).ok()
        };
        let (mut subject, mut was_encoded) = (String::new(), true);
        for word in line.split(' ') {
            let encoded = decoded(word);
            // The blank between two encoded words is none.
            if !(subject.is_empty() || was_encoded && encoded.is_some()) {
                subject.push(' ');
            }
            was_encoded = encoded.is_some();
            subject.push_str(encoded.as_deref().unwrap_or(word));
        }
        subject
    }

    /// The header, whole; empty when there is none.
    #[must_use]
    pub fn message_id(&self) -> String {
        self.wire.lines().find(|line| line.starts_with("Message-ID:")).unwrap_or_default().to_owned()
    }
}

async fn serve(stream: TcpStream, manners: Arc<Mutex<Manners>>, shared: Arc<Mutex<Shared>>) {
    let (tls, starttls) = {
        let manners = manners.lock().unwrap();
        (manners.tls.clone(), manners.starttls.clone())
    };
    let mut talk = Talk { manners, shared, is_encrypted: tls.is_some(), is_signed_in: false };
    if let Some(tls) = tls {
        if let Ok(stream) = tls.accept(stream).await {
            let _ = talk.run(&mut BufStream::new(stream), true).await;
        }
        return;
    }
    let mut plain = BufStream::new(stream);
    let wants_tls = talk.run(&mut plain, true).await.unwrap_or(false);
    if let (true, Some(starttls)) = (wants_tls, starttls)
        && let Ok(stream) = starttls.accept(plain.into_inner()).await
    {
        talk.is_encrypted = true;
        let _ = talk.run(&mut BufStream::new(stream), false).await;
    }
}

struct Talk {
    manners: Arc<Mutex<Manners>>,
    shared: Arc<Mutex<Shared>>,
    is_encrypted: bool,
    is_signed_in: bool,
}

impl Talk {
    /// True when the client wants to encrypt now.
    async fn run<S>(&mut self, stream: &mut BufStream<S>, greets: bool) -> std::io::Result<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if greets {
            say(stream, "220 localhost ready").await?;
        }
        let mut to = String::new();
        loop {
            let Some(line) = hear(stream).await? else { return Ok(false) };
            let verb = line.to_ascii_uppercase();
            if verb.starts_with("EHLO") {
                let offers = self.offers();
                say(stream, &offers).await?;
            } else if verb.starts_with("STARTTLS") {
                say(stream, "220 go ahead").await?;
                return Ok(true);
            } else if let Some(rest) = line.strip_prefix("AUTH ") {
                self.sign_in(stream, rest).await?;
            } else if verb.starts_with("MAIL FROM") {
                let answer = if self.may_send() { "250 ok" } else { "530 encrypt and sign in first" };
                say(stream, answer).await?;
            } else if verb.starts_with("RCPT TO") {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                self.recipient(stream, &to).await?;
            } else if verb.starts_with("DATA") {
                say(stream, "354 go on").await?;
                self.content(stream, &to).await?;
            } else if verb.starts_with("QUIT") {
                say(stream, "221 bye").await?;
                return Ok(false);
            } else {
                say(stream, "250 ok").await?;
            }
        }
    }

    fn offers(&self) -> String {
        let manners = self.manners.lock().unwrap();
        let mut offers = vec!["250-localhost", "250-8BITMIME"];
        if manners.starttls.is_some() && !self.is_encrypted {
            offers.push("250-STARTTLS");
        }
        if manners.wants_sign_in {
            offers.push("250-AUTH PLAIN LOGIN");
        }
        offers.push("250 SIZE 10000000");
        offers.join("\r\n")
    }

    fn may_send(&self) -> bool {
        let manners = self.manners.lock().unwrap();
        (manners.starttls.is_none() || self.is_encrypted) && (!manners.wants_sign_in || self.is_signed_in)
    }

    async fn sign_in<S>(&mut self, stream: &mut BufStream<S>, rest: &str) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (user, password) = if let Some(initial) = rest.strip_prefix("PLAIN") {
            let initial = initial.trim().to_owned();
            let plain = decoded(&initial);
            let mut parts = plain.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        } else {
            say(stream, "334 VXNlcm5hbWU6").await?;
            let user = decoded(&hear(stream).await?.unwrap_or_default());
            say(stream, "334 UGFzc3dvcmQ6").await?;
            (user, decoded(&hear(stream).await?.unwrap_or_default()))
        };
        self.is_signed_in = user == USER && password == PASSWORD;
        say(stream, if self.is_signed_in { "235 welcome" } else { "535 wrong" }).await
    }

    async fn recipient<S>(&self, stream: &mut BufStream<S>, to: &str) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (hangs, refuses, puts_off) = {
            let manners = self.manners.lock().unwrap();
            (manners.hangs_at.includes(to), manners.refuses.includes(to), manners.puts_off.includes(to))
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        if refuses {
            return say(stream, &format!("550 5.1.1 <{to}> unknown")).await;
        }
        if puts_off {
            return say(stream, "451 4.3.0 not now").await;
        }
        say(stream, "250 ok").await
    }

    async fn content<S>(&self, stream: &mut BufStream<S>, to: &str) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut wire = String::new();
        loop {
            // Content that breaks off is no mail.
            let Some(line) = hear(stream).await? else { return Ok(()) };
            if line == "." {
                break;
            }
            wire.push_str(&line);
            wire.push('\n');
        }
        let number = {
            let mut shared = self.shared.lock().unwrap();
            shared.seen += 1;
            shared.seen
        };
        if self.manners.lock().unwrap().fails_half && number % 2 == 1 {
            return say(stream, "451 later").await;
        }
        if self.manners.lock().unwrap().loses.includes(to) {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        let mail = Mail {
            to: to.to_owned(),
            wire,
            was_encrypted: self.is_encrypted,
            was_signed_in: self.is_signed_in,
        };
        self.shared.lock().unwrap().mails.push(mail);
        if self.manners.lock().unwrap().falls_silent_at.includes(to) {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        say(stream, &format!("250 2.0.0 queued for <{to}> as {number}")).await
    }
}

fn decoded(base64: &str) -> String {
    String::from_utf8_lossy(&STANDARD.decode(base64).unwrap_or_default()).into_owned()
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
    line: &str,
) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
