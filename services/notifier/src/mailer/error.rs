//! Why a mail did not leave. No text of a server is kept: it could quote an address.

use std::path::PathBuf;

/// Settings with which no mail can be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The sender is no mail address.
    #[error("smtp.from is no sender; write it as `培育系统 <peiyu@example.edu>`")]
    Sender,
    /// No encryption to a server elsewhere.
    #[error("smtp.security = \"none\" is only for a server on this machine, not for {host}")]
    PlainElsewhere {
        /// The host.
        host: String,
    },
    /// A user without a password, or a password without a user.
    #[error("smtp.user and smtp.password belong together")]
    HalfSignIn,
    /// The file cannot be read.
    #[error("smtp.ca_file {path} cannot be read")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no certificate, or TLS cannot be set up with it.
    #[error("smtp.ca_file holds no certificate in PEM form, or TLS cannot be set up for the host")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// A point in the conversation with a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Connection and greeting.
    Connect,
    /// Encryption and the server's certificate.
    Encrypt,
    /// Authentication.
    SignIn,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA` and the mail itself.
    Content,
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The text is no mail address.
    #[error("this is no mail address")]
    BadAddress,
    /// The server refuses the recipient for good.
    #[error("the server refuses the recipient for good ({code})")]
    Refused {
        /// SMTP reply code, 5xx.
        code: u16,
    },
    /// The server cannot be reached, or refuses for now or for a reason that is not the recipient's.
    #[error("the mail server failed at {phase:?}: {reason}")]
    Unavailable {
        /// At what point.
        phase: Phase,
        /// SMTP reply code, when there was one.
        code: Option<u16>,
        /// What happened, without any text of the server's.
        reason: String,
    },
    /// The conversation took too long.
    #[error("the mail server did not answer within {seconds} s")]
    TimedOut {
        /// `smtp.timeout_seconds`.
        seconds: u64,
    },
    /// The mail was on its way and no answer came: the server may have taken it or not.
    #[error("the mail server did not say whether it took the mail")]
    Uncertain,
    /// The mail could not be put together.
    #[error("the mail cannot be put together")]
    Unbuildable(#[source] lettre::error::Error),
    /// The file could not be written.
    #[error("the mail's file cannot be written")]
    File(#[source] std::io::Error),
}

/// Why a test mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum TestMailError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] MailerError),
    /// It was not taken.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

impl DeliveryError {
    /// What an error of the SMTP client means at some point of the conversation.
    pub(crate) fn at(phase: Phase, error: &lettre::transport::smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        match code {
            Some(code) if phase == Phase::Recipient && error.is_permanent() => Self::Refused { code },
            Some(code) => Self::Unavailable { phase, code: Some(code), reason: format!("reply {code}") },
            None => Self::Unavailable { phase, code: None, reason: reason(phase, error) },
        }
    }

    /// SMTP reply code, when there was one.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code } => Some(*code),
            Self::Unavailable { code, .. } => *code,
            Self::BadAddress
            | Self::TimedOut { .. }
            | Self::Uncertain
            | Self::Unbuildable(_)
            | Self::File(_) => None,
        }
    }
}

/// Before the recipient is named, an error speaks of network, certificate or settings alone.
fn reason(phase: Phase, error: &lettre::transport::smtp::Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    match phase {
        Phase::Connect | Phase::Encrypt => source.unwrap_or_else(|| error.to_string()),
        Phase::SignIn => "the server offers no way to sign in that we know".to_owned(),
        Phase::Sender | Phase::Recipient | Phase::Content => "the connection broke".to_owned(),
    }
}
