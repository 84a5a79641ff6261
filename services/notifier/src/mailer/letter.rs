//! A mail to one person, in Chinese, as text and HTML.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use uuid::Uuid;

use super::DeliveryError;

/// What is sent to whom.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// The reminder's id: a second sending carries the same Message-ID, so that receivers can tell.
    pub(crate) id: Uuid,
    pub(crate) to_name: String,
    pub(crate) to_address: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// Whether it is one of a series that one can ask to end.
    pub(crate) is_digest: bool,
}

impl Letter {
    pub(super) fn message(&self, from: &Mailbox) -> Result<Message, DeliveryError> {
        let address: Address = self.to_address.trim().parse().map_err(|_| DeliveryError::BadAddress)?;
        let name = Some(self.to_name.clone()).filter(|name| !name.is_empty());
        let mut message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(name, address))
            .subject(self.subject.clone())
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            // Mail servers judge by the real time, whatever a trial system's clock says.
            .date_now()
            // So that nobody's out-of-office reply comes back.
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
        if self.is_digest {
            let unsubscribe = format!("<mailto:{}?subject=unsubscribe>", from.email);
            message = message.raw_header(header("List-Unsubscribe", unsubscribe));
        }
        let body = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        message.multipart(body).map_err(DeliveryError::Unbuildable)
    }
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn letter(address: &str) -> Letter {
        Letter {
            id: Uuid::from_u128(7),
            to_name: "张三".to_owned(),
            to_address: address.to_owned(),
            subject: "【培育】今日待办 1 项".to_owned(),
            text: "您好".to_owned(),
            html: "<p>您好</p>".to_owned(),
            is_digest: true,
        }
    }

    fn from() -> Mailbox {
        "培育系统 <peiyu@example.edu>".parse().unwrap()
    }

    #[test]
    fn a_second_sending_carries_the_same_message_id() {
        let of = |letter: &Letter| {
            let text = String::from_utf8(letter.message(&from()).unwrap().formatted()).unwrap();
            text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
        };
        let letter = letter("zhang@example.edu");
        assert_eq!(of(&letter), of(&letter));
        assert!(of(&letter).contains("00000000-0000-0000-0000-000000000007@example.edu"));
    }

    #[test]
    fn a_digest_is_plain_ascii_on_the_wire_and_says_that_a_machine_wrote_it() {
        let wire = letter("zhang@example.edu").message(&from()).unwrap().formatted();
        assert!(wire.is_ascii());
        let text = String::from_utf8(wire).unwrap();
        assert!(text.contains("Auto-Submitted: auto-generated"), "{text}");
        assert!(text.contains("List-Unsubscribe: <mailto:peiyu@example.edu?subject=unsubscribe>"), "{text}");
        assert!(text.contains("multipart/alternative"), "{text}");
    }

    #[test]
    fn what_is_no_address_is_said_to_be_none() {
        for address in ["", "张三", "a b@example.edu", "a@b\r\nBcc: c@d"] {
            assert!(
                matches!(letter(address).message(&from()), Err(DeliveryError::BadAddress)),
                "{address:?}"
            );
        }
    }
}
