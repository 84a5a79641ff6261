//! The conversation with a mail server, one connection a mail, bounded in time before and after its content.
//!
//! Spoken step by step, so that a refusal of the recipient is told apart from one of sender, content or sign-in.

use std::future::Future;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use peiyu_platform::settings::{self, SmtpSecurity};
use secrecy::ExposeSecret;

use super::{DeliveryError, MailerError, Phase};

/// Longest receipt that is kept.
const MAX_RECEIPT: usize = 120;

pub(super) struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
}

enum Encryption {
    Starttls(TlsParameters),
    Tls(TlsParameters),
    None,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    pub(super) fn new(settings: &settings::Smtp) -> Result<Self, MailerError> {
        let credentials = match (&settings.user, &settings.password) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.expose_secret().to_owned()))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(MailerError::HalfSignIn),
        };
        let encryption = match settings.security {
            SmtpSecurity::Starttls => Encryption::Starttls(tls(settings)?),
            SmtpSecurity::Tls => Encryption::Tls(tls(settings)?),
            SmtpSecurity::None if is_this_machine(&settings.host) => Encryption::None,
            SmtpSecurity::None => return Err(MailerError::PlainElsewhere { host: settings.host.clone() }),
        };
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            encryption,
            credentials,
            hello: ClientId::default(),
            timeout: Duration::from_secs(settings.timeout_seconds.max(1)),
        })
    }

    /// Connects, encrypts and signs in, and says goodbye.
    pub(super) async fn ready(&self) -> Result<(), DeliveryError> {
        let mut connection = self.in_time(self.connect()).await?;
        self.say_goodbye(&mut connection).await;
        Ok(())
    }

    /// Hands the mail over; answers the server's receipt.
    pub(super) async fn deliver(&self, message: &Message) -> Result<String, DeliveryError> {
        let mut connection = self
            .in_time(async {
                let mut connection = self.connect().await?;
                announce(&mut connection, message).await?;
                Ok(connection)
            })
            .await?;
        // From here on, silence is no refusal: the server may have the mail.
        let content = message.formatted();
        let taken = tokio::time::timeout(self.timeout, connection.message(&content)).await;
        let accepted = match taken {
            Ok(Ok(accepted)) => accepted,
            Ok(Err(error)) if error.status().is_some() => {
                return Err(DeliveryError::at(Phase::Content, &error));
            }
            Ok(Err(_)) | Err(_) => return Err(DeliveryError::Uncertain),
        };
        // The mail is the server's now; a broken goodbye changes nothing.
        self.say_goodbye(&mut connection).await;
        Ok(receipt(&accepted))
    }

    async fn in_time<T>(
        &self,
        conversation: impl Future<Output = Result<T, DeliveryError>>,
    ) -> Result<T, DeliveryError> {
        let timed_out = |_| DeliveryError::TimedOut { seconds: self.timeout.as_secs() };
        tokio::time::timeout(self.timeout, conversation).await.map_err(timed_out)?
    }

    async fn say_goodbye(&self, connection: &mut AsyncSmtpConnection) {
        let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, DeliveryError> {
        let (phase, implicit) = match &self.encryption {
            Encryption::Tls(parameters) => (Phase::Encrypt, Some(parameters.clone())),
            Encryption::Starttls(_) | Encryption::None => (Phase::Connect, None),
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &self.hello, implicit, None)
                .await
                .map_err(|error| DeliveryError::at(phase, &error))?;
        if let Encryption::Starttls(parameters) = &self.encryption {
            // A server that offers no STARTTLS gets neither password nor mail.
            connection
                .starttls(parameters.clone(), &self.hello)
                .await
                .map_err(|error| DeliveryError::at(Phase::Encrypt, &error))?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await
                .map_err(|error| DeliveryError::at(Phase::SignIn, &error))?;
        }
        Ok(connection)
    }
}

/// Everything up to the server's leave to send the mail itself.
async fn announce(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), DeliveryError> {
    let envelope = message.envelope();
    let sender = Mail::new(envelope.from().cloned(), Vec::new());
    connection.command(sender).await.map_err(|error| DeliveryError::at(Phase::Sender, &error))?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), Vec::new());
        connection.command(recipient).await.map_err(|error| DeliveryError::at(Phase::Recipient, &error))?;
    }
    connection.command(Data).await.map_err(|error| DeliveryError::at(Phase::Content, &error))?;
    Ok(())
}

/// The server's answer without whatever might be an address.
fn receipt(response: &Response) -> String {
    let words = response.message().flat_map(str::split_whitespace).filter(|word| !word.contains('@'));
    let text = std::iter::once(u16::from(response.code()).to_string())
        .chain(words.map(str::to_owned))
        .collect::<Vec<_>>()
        .join(" ");
    text.chars().filter(|character| !character.is_control()).take(MAX_RECEIPT).collect()
}

/// The public roots, and the installation's own beside them; checking cannot be switched off.
fn tls(settings: &settings::Smtp) -> Result<TlsParameters, MailerError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = std::fs::read(path).map_err(|source| MailerError::CaFile { path: path.clone(), source })?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(MailerError::Tls)?);
    }
    builder.build_rustls().map_err(MailerError::Tls)
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
