//! Who may do what on NATS: the least that each needs, as permissions of a server's configuration.
//!
//! Api and notifier have no user: they do not speak to NATS. Nobody but the operator's own user deletes or purges.

use crate::subject::all_subjects;

/// Asked where the server at hand has no JetStream itself: another one of its cluster may have it.
const INFO: &str = "$JS.API.INFO";

/// A user with what it may send to and receive from; everything else is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsRights {
    /// Name of the user.
    pub user: String,
    /// Subjects that it may publish to.
    pub publish: Vec<String>,
    /// Subjects that it may subscribe to.
    pub subscribe: Vec<String>,
}

/// What the inbox subjects of a user begin with: its own, so that nobody reads another's answers.
#[must_use]
pub fn inbox_prefix(user: &str) -> String {
    let token: String =
        user.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("_INBOX_{token}")
}

impl NatsRights {
    fn new(user: String, publish: Vec<String>, subscribe: Vec<String>) -> Self {
        let inbox = format!("{}.>", inbox_prefix(&user));
        Self { user, publish, subscribe: [subscribe, vec![inbox]].concat() }
    }

    /// The relay makes a stream, changes how long it keeps, publishes and reads; it never deletes or purges.
    /// The stream's name carries the epoch, which a subject cannot match in part: hence `*`.
    #[must_use]
    pub fn relay(tenant: &str) -> Self {
        let api = ["STREAM.INFO", "STREAM.CREATE", "STREAM.UPDATE", "DIRECT.GET", "CONSUMER.LIST"];
        let asked = api.iter().map(|verb| format!("$JS.API.{verb}.*"));
        let sent = [INFO.to_owned(), all_subjects(tenant), "_PEIYU.published.*".to_owned()];
        Self::new("peiyu-relay".to_owned(), asked.chain(sent).collect(), Vec::new())
    }

    /// The projector reads the stream and is told when to look.
    #[must_use]
    pub fn projector() -> Self {
        let (asked, hints) = ("$JS.API.DIRECT.GET.*".to_owned(), "_PEIYU.published.*".to_owned());
        Self::new("peiyu-projector".to_owned(), vec![asked, INFO.to_owned()], vec![hints])
    }

    /// A subscriber fetches from its own durable and acknowledges; its user is `sub-<name>`.
    #[must_use]
    pub fn subscriber(stream: &str, name: &str) -> Self {
        let asked = vec![
            format!("$JS.API.CONSUMER.INFO.{stream}.{name}"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"),
            format!("$JS.ACK.{stream}.{name}.>"),
        ];
        Self::new(format!("sub-{name}"), asked, Vec::new())
    }

    /// The entry of `authorization { users = [ … ] }` in a nats-server's configuration.
    #[must_use]
    pub fn entry(&self, password: &str) -> String {
        let list = |subjects: &[String]| {
            let quoted: Vec<String> = subjects.iter().map(|subject| quoted(subject)).collect();
            quoted.join(", ")
        };
        format!(
            "{{ user: {}, password: {}, permissions {{\n  publish {{ allow: [{}] }}\n  subscribe {{ allow: [{}] }}\n}} }}",
            quoted(&self.user),
            quoted(password),
            list(&self.publish),
            list(&self.subscribe)
        )
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_may_fetch_from_its_own_durable_and_nothing_else() {
        let rights = NatsRights::subscriber("PEIYU_demo_1", "finance");
        assert!(rights.publish.iter().all(|subject| subject.contains("PEIYU_demo_1.finance")));
        assert_eq!(rights.subscribe, ["_INBOX_sub-finance.>"]);
        assert!(rights.entry("se\"cret").contains("password: \"se\\\"cret\""));
    }

    #[test]
    fn an_inbox_prefix_is_one_token() {
        assert_eq!(inbox_prefix("a.b>c *"), "_INBOX_a_b_c__");
    }
}
