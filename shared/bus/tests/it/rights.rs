//! Every NATS user times every action, on a real server: what the table allows is done, all else is refused.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use futures::StreamExt;
use peiyu_bus::{Bus, Stream, StreamSettings};
use peiyu_contracts::nats_rights::{NatsRights, inbox_prefix};
use peiyu_contracts::subject::all_subjects;
use peiyu_servers::testing::{PrivateNats, eventually};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;

const TENANT: &str = "t";
const STREAM: &str = "PEIYU_t_1";
/// Longest wait for an answer or a refusal.
const LIMIT: Duration = Duration::from_secs(20);

/// Subject asked, body, and who may: o operator, r relay, p projector, s the subscriber itself.
const ASKED: &[(&str, &str, &str)] = &[
    ("$JS.API.STREAM.INFO.PEIYU_t_1", "", "or"),
    ("$JS.API.STREAM.CREATE.PEIYU_t_2", r#"{"name":"PEIYU_t_2","subjects":["second"]}"#, "or"),
    ("$JS.API.STREAM.UPDATE.PEIYU_t_2", r#"{"name":"PEIYU_t_2","subjects":["second"]}"#, "or"),
    ("$JS.API.DIRECT.GET.PEIYU_t_1", r#"{"seq":1}"#, "orp"),
    ("peiyu.v1.t.candidate.00.TalkRecorded", "{}", "or"),
    ("$JS.API.CONSUMER.LIST.PEIYU_t_1", "", "or"),
    ("$JS.API.CONSUMER.INFO.PEIYU_t_1.mine", "", "os"),
    ("$JS.API.CONSUMER.MSG.NEXT.PEIYU_t_1.mine", r#"{"batch":1,"no_wait":true}"#, "os"),
    ("$JS.API.CONSUMER.INFO.PEIYU_t_1.yours", "", "o"),
    ("$JS.API.CONSUMER.MSG.NEXT.PEIYU_t_1.yours", r#"{"batch":1,"no_wait":true}"#, "o"),
    (
        "$JS.API.CONSUMER.CREATE.PEIYU_t_1.more",
        r#"{"stream_name":"PEIYU_t_1","config":{"durable_name":"more","ack_policy":"none"}}"#,
        "o",
    ),
    ("$JS.API.CONSUMER.DELETE.PEIYU_t_1.more", "", "o"),
    ("$JS.API.STREAM.MSG.GET.PEIYU_t_1", r#"{"seq":1}"#, "o"),
    ("$JS.API.STREAM.MSG.DELETE.PEIYU_t_1", r#"{"seq":1}"#, "o"),
    ("$JS.API.STREAM.PURGE.PEIYU_t_1", "", "o"),
    ("$JS.API.STREAM.SNAPSHOT.PEIYU_t_1", "{}", "o"),
    ("$JS.API.STREAM.DELETE.PEIYU_t_2", "", "o"),
    ("$JS.API.INFO", "", "orp"),
];

/// Subjects listened to, and who may.
const HEARD: &[(&str, &str)] = &[
    ("peiyu.v1.t.>", "o"),
    ("_PEIYU.published.PEIYU_t_1", "op"),
    ("_INBOX_sub-yours.>", "o"),
    ("_INBOX_peiyu-relay.answer", "or"),
    ("_INBOX_sub-mine.answer", "os"),
    ("$JS.EVENT.ADVISORY.>", "o"),
];

/// Somebody on the server, and what the server refuses them.
struct User {
    letter: char,
    client: Client,
    refusals: mpsc::UnboundedReceiver<String>,
}

async fn log_in(letter: char, url: &str, name: &str, password: &str) -> Result<User, String> {
    let (refused, refusals) = mpsc::unbounded_channel();
    let client = ConnectOptions::with_user_and_password(name.to_owned(), password.to_owned())
        .custom_inbox_prefix(inbox_prefix(name))
        .event_callback(move |event| {
            let refused = refused.clone();
            async move {
                if let Event::ServerError(error) = event {
                    let _ = refused.send(error.to_string());
                }
            }
        })
        .connect(url)
        .await
        .map_err(|error| error.to_string())?;
    Ok(User { letter, client, refusals })
}

impl User {
    /// Whether the server answers, and does not refuse.
    async fn asks(&mut self, subject: &str, body: &'static str) -> bool {
        // An event comes to the inbox under its own subject, so that no request of the client would find it.
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.unwrap();
        self.client.publish_with_reply(subject.to_owned(), inbox, body.into()).await.unwrap();
        let place = format!("{} {subject}", self.letter);
        tokio::select! {
            answer = answers.next() => answer.is_some(),
            refusal = self.refusals.recv() => is_about(&refusal.unwrap(), subject),
            () = tokio::time::sleep(LIMIT) => panic!("neither answered nor refused: {place}"),
        }
    }

    /// Whether what another sends there comes here.
    async fn hears(&mut self, operator: &Client, subject: &str) -> bool {
        let mut heard = self.client.subscribe(subject.to_owned()).await.unwrap();
        self.client.flush().await.unwrap();
        let sent = subject.replace('>', "word");
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        loop {
            tokio::select! {
                message = heard.next() => return message.is_some(),
                refusal = self.refusals.recv() => return is_about(&refusal.unwrap(), subject),
                _ = pause.tick() => operator.publish(sent.clone(), "{}".into()).await.unwrap(),
            }
        }
    }
}

/// A refusal names the subject; one about another would be a fault of this test.
fn is_about(refusal: &str, subject: &str) -> bool {
    let lower = refusal.to_lowercase();
    assert!(lower.contains("permissions violation") && lower.contains(&subject.to_lowercase()), "{refusal}");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn every_user_may_do_exactly_what_the_table_says() {
    let nats = PrivateNats::start().await;
    let (url, operator) = (nats.server.url(), nats.server.user());
    let bus = Bus::connect(&url, Some(operator), Some(nats.server.password())).await.unwrap();
    let settings = StreamSettings {
        name: STREAM.into(),
        subjects: vec![all_subjects(TENANT)],
        keep_days: 30,
        replicas: 1,
    };
    let stream = Stream::ensure(&bus, &settings, 1).await.unwrap();
    for name in ["mine", "yours"] {
        stream.ensure_durable(name, &Default::default()).await.unwrap();
    }
    let rights = [
        ('r', NatsRights::relay(TENANT)),
        ('p', NatsRights::projector()),
        ('s', NatsRights::subscriber(STREAM, "mine")),
    ];
    let password = nats.server.password().expose_secret();
    let mut users = vec![log_in('o', &url, operator, password).await.unwrap()];
    for (letter, rights) in &rights {
        let password = nats.server.put_user(rights).await.unwrap();
        users.push(log_in(*letter, &url, &rights.user, password.expose_secret()).await.unwrap());
    }
    let sender = users[0].client.clone();
    for (subject, allowed) in HEARD {
        for user in &mut users {
            let hears = user.hears(&sender, subject).await;
            assert_eq!(hears, allowed.contains(user.letter), "{} listens to {subject}", user.letter);
        }
    }
    for (subject, body, allowed) in ASKED {
        // The operator last: what it may destroy is there for the others to try.
        for user in users.iter_mut().rev() {
            let answered = user.asks(subject, body).await;
            assert_eq!(answered, allowed.contains(user.letter), "{} asks {subject}", user.letter);
        }
    }
    let (acknowledge, of_another) = ("$JS.ACK.PEIYU_t_1.mine.1.1.1.1.0", "$JS.ACK.PEIYU_t_1.yours.1.1.1.1.0");
    for (index, letter) in [(1, 'r'), (2, 'p'), (3, 's')] {
        assert_eq!(users[index].letter, letter);
        assert!(!users[index].asks(of_another, "+ACK").await);
        assert!(letter == 's' || !users[index].asks(acknowledge, "+ACK").await);
    }
    // Api and notifier have no user, and whoever has none is not let in.
    assert!(async_nats::connect(&url).await.is_err());
    assert!(stream.state().await.is_ok(), "the stream refuses even the operator's purge");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_taken_away_is_cut_off_and_the_others_are_not() {
    let nats = PrivateNats::start().await;
    let url = nats.server.url();
    let operator = Bus::connect(&url, Some(nats.server.user()), Some(nats.server.password())).await.unwrap();
    let rights = NatsRights::projector();
    let password = nats.server.put_user(&rights).await.unwrap();
    assert_eq!(nats.server.put_user(&rights).await.unwrap().expose_secret(), password.expose_secret());
    let log_in = || Bus::connect(&url, Some(&rights.user), Some(&password));
    let known = log_in().await.unwrap();
    let connects = operator.connects();
    assert!(nats.server.remove_user(&rights.user).await.unwrap());
    assert!(!nats.server.remove_user(&rights.user).await.unwrap());
    eventually("its connection is cut", async || !known.is_connected()).await;
    assert!(log_in().await.is_err());
    assert_eq!(operator.connects(), connects, "the others stay connected");
}
