//! Private nats-server.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use peiyu_servers::testing::PrivateNats;
use peiyu_servers::{NatsServer, is_running, stop_by_folder};
use secrecy::ExposeSecret;

/// Sends `request` to a JetStream API subject as `password`; the first answer line that is no greeting.
fn ask(server: &NatsServer, password: &str, subject: &str, request: &str) -> String {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let mut writer = stream.try_clone().unwrap();
    write!(
        writer,
        "CONNECT {{\"user\":\"{}\",\"pass\":\"{password}\",\"verbose\":false}}\r\n",
        server.user()
    )
    .unwrap();
    write!(writer, "SUB answer 1\r\nPUB {subject} answer {}\r\n{request}\r\n", request.len()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    lines.find(|line| !line.starts_with("INFO") && !line.starts_with("MSG")).unwrap()
}

#[tokio::test]
async fn a_stream_survives_kill_9_and_comes_back_at_the_same_port() {
    let mut private = PrivateNats::start().await;
    let (pid, port) = (private.server.pid(), private.server.port());
    let password = private.server.password().expose_secret().to_owned();
    let create = r#"{"name":"KEPT","subjects":["kept.>"],"storage":"file","allow_atomic":true}"#;
    let made = ask(&private.server, &password, "$JS.API.STREAM.CREATE.KEPT", create);
    assert!(made.contains(r#""allow_atomic":true"#), "{made}");

    private.server.kill9();
    assert!(!is_running(private.server.folder()));
    private.restart().await;
    assert_eq!(private.server.port(), port);
    assert_ne!(private.server.pid(), pid);
    let found = ask(&private.server, &password, "$JS.API.STREAM.INFO.KEPT", "");
    assert!(found.contains(r#""name":"KEPT""#), "{found}");

    private.server.kill9();
    private.lose_streams();
    private.restart().await;
    let lost = ask(&private.server, &password, "$JS.API.STREAM.INFO.KEPT", "");
    assert!(lost.contains("stream not found"), "{lost}");
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let private = PrivateNats::start().await;
    let answer = ask(&private.server, "wrong", "$JS.API.INFO", "");
    assert!(answer.contains("Authorization Violation"), "{answer}");
}

#[tokio::test]
async fn another_process_can_find_and_stop_it() {
    let private = PrivateNats::start().await;
    let attached = NatsServer::attach(private.server.folder()).unwrap();
    assert_eq!((attached.pid(), attached.url()), (private.server.pid(), private.server.url()));
    assert!(stop_by_folder(private.server.folder()).await.unwrap());
    assert!(!private.server.is_running());
}
