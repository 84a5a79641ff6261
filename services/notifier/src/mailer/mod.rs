//! How a mail leaves: by SMTP, or as a file where no server is set.

mod error;
mod files;
mod letter;
mod smtp;

use lettre::Message;
use lettre::message::Mailbox;
use peiyu_platform::Settings;
use uuid::Uuid;

pub use error::{DeliveryError, MailerError, Phase, TestMailError};
pub(crate) use letter::Letter;

use files::Files;
use smtp::Smtp;

/// Sender where no SMTP server is set.
const SENDER_WITHOUT_SERVER: &str = "培育系统 <peiyu@localhost>";

/// Tries the mail settings with a short mail; answers the server's receipt or the file's name.
///
/// # Errors
/// Settings that cannot be used, or the point at which the sending failed.
pub async fn send_test_mail(settings: &Settings, address: &str) -> Result<String, TestMailError> {
    Ok(Mailer::new(settings)?.send_test(address).await?)
}

/// Sends mails.
#[derive(Debug)]
pub struct Mailer {
    from: Mailbox,
    channel: Channel,
}

#[derive(Debug)]
enum Channel {
    Smtp(Box<Smtp>),
    Files(Files),
}

impl Mailer {
    /// Reads the settings; touches no server.
    ///
    /// # Errors
    /// [`MailerError`] when sender, CA file or host cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, MailerError> {
        let sender = settings.smtp.as_ref().map_or(SENDER_WITHOUT_SERVER, |smtp| smtp.from.as_str());
        let from = sender.parse().map_err(|_| MailerError::Sender)?;
        let channel = match &settings.smtp {
            Some(smtp) => Channel::Smtp(Box::new(Smtp::new(smtp)?)),
            None => Channel::Files(Files::new(settings.data.join("mail"))),
        };
        Ok(Self { from, channel })
    }

    /// Sends a short mail to try the settings; answers the server's receipt or the file's name.
    ///
    /// # Errors
    /// [`DeliveryError`], which says at what point it failed.
    #[expect(clippy::disallowed_methods, reason = "the folder of a test mail is named by the real day")]
    pub async fn send_test(&self, address: &str) -> Result<String, DeliveryError> {
        let letter = Letter {
            id: Uuid::new_v4(),
            to_name: String::new(),
            to_address: address.to_owned(),
            subject: "【培育】测试邮件".to_owned(),
            text: "这是一封测试邮件。收到它，说明邮件设置可用。\n\nA test mail: the mail settings work.\n".to_owned(),
            html: "<!doctype html><html lang=\"zh-CN\"><body><p>这是一封测试邮件。收到它，说明邮件设置可用。</p>\
                   <p lang=\"en\">A test mail: the mail settings work.</p></body></html>"
                .to_owned(),
            is_digest: false,
        };
        self.send(&letter, jiff::Zoned::now().date()).await
    }

    /// Whether the server can be spoken to, asked before anything is claimed.
    pub(crate) async fn ready(&self) -> Result<(), DeliveryError> {
        match &self.channel {
            Channel::Smtp(smtp) => smtp.ready().await,
            Channel::Files(_) => Ok(()),
        }
    }

    /// Sends; `day` names the folder of files.
    pub(crate) async fn send(
        &self,
        letter: &Letter,
        day: jiff::civil::Date,
    ) -> Result<String, DeliveryError> {
        let message: Message = letter.message(&self.from)?;
        match &self.channel {
            Channel::Smtp(smtp) => smtp.deliver(&message).await,
            Channel::Files(files) => files.write(&message, day, letter.id).await,
        }
    }
}
