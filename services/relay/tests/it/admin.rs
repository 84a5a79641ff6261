//! An administrator of the nats-server, who may do what no relay does. Spoken by hand: JetStream's client
//! belongs to `shared/bus`.

use peiyu_platform::Settings;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Asks JetStream's API, `STREAM.DELETE.<name>` for example; the answer, errors of the API included.
pub async fn ask(settings: &Settings, question: &str, body: &Value) -> Value {
    let nats = &settings.nats;
    let connection = TcpStream::connect(nats.url.trim_start_matches("nats://")).await.unwrap();
    let (reader, mut writer) = connection.into_split();
    let password = nats.password.as_ref().map(ExposeSecret::expose_secret);
    let connect = json!({ "user": nats.user, "pass": password, "verbose": false });
    let body = body.to_string();
    let spoken = format!(
        "CONNECT {connect}\r\nSUB _INBOX.admin 1\r\nPUB $JS.API.{question} _INBOX.admin {}\r\n{body}\r\n",
        body.len()
    );
    writer.write_all(spoken.as_bytes()).await.unwrap();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    loop {
        line.clear();
        assert!(reader.read_line(&mut line).await.unwrap() > 0, "the server closed the connection");
        if let Some(message) = line.strip_prefix("MSG ") {
            let length = message.trim_end().rsplit(' ').next().unwrap().parse().unwrap();
            let mut answer = vec![0; length];
            reader.read_exact(&mut answer).await.unwrap();
            return serde_json::from_slice(&answer).unwrap();
        }
        assert!(!line.starts_with("-ERR"), "{line}");
    }
}

/// As [`ask`]; fails when the API refuses.
pub async fn must(settings: &Settings, question: &str, body: &Value) -> Value {
    let answer = ask(settings, question, body).await;
    assert!(answer.get("error").is_none(), "{question}: {answer}");
    answer
}

/// Makes the stream of epoch 1, as the relay would but for `changes`.
pub async fn make_stream(settings: &Settings, changes: &Value) {
    let name = peiyu_contracts::subject::stream_name(&settings.tenant, 1);
    let mut config = json!({
        "name": name,
        "subjects": [peiyu_contracts::subject::all_subjects(&settings.tenant)],
        "storage": "file",
        "retention": "limits",
        "discard": "old",
        "max_age": 30_u64 * 24 * 3600 * 1_000_000_000,
        "num_replicas": 1,
        "allow_direct": true,
        "allow_atomic": true,
        "deny_delete": true,
        "deny_purge": true,
    });
    for (setting, value) in changes.as_object().unwrap() {
        config[setting] = value.clone();
    }
    must(settings, &format!("STREAM.CREATE.{name}"), &config).await;
}
