//! Servers that cannot be used are refused at once, with what to do.

use std::process::{Child, Command, Stdio};

use peiyu_bus::{Bus, BusError, Lack};
use peiyu_servers::testing::eventually;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Greets like a nats-server of some version and answers pings; enough for a client to think itself connected.
async fn server_of_version(version: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let greeting = format!(
        "INFO {{\"server_id\":\"OLD\",\"server_name\":\"old\",\"version\":\"{version}\",\"proto\":1,\
         \"host\":\"127.0.0.1\",\"port\":{},\"headers\":true,\"max_payload\":1048576,\"jetstream\":true}}\r\n",
        address.port()
    );
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            client.write_all(greeting.as_bytes()).await.unwrap();
            let mut read = [0; 4096];
            while client.read(&mut read).await.is_ok_and(|count| count > 0) {
                if client.write_all(b"PONG\r\n").await.is_err() {
                    break;
                }
            }
        }
    });
    format!("nats://somebody:secret@{address}")
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_and_its_version_named() {
    for old in ["2.9.10", "2.12.1", "2.14.2", "unknown"] {
        let url = server_of_version(old).await;
        let refused = Bus::connect(&url, None, None).await.unwrap_err();
        let BusError::Unfit { url: named, lack } = &refused else { panic!("{refused:?}") };
        assert_eq!(*lack, Lack::Version { found: old.to_owned(), needed: "2.14.3" });
        assert!(lack.to_string().contains("install nats-server 2.14.3 or later"), "{lack}");
        assert!(!named.contains("secret"), "{named}");
    }
    for new in ["2.14.3", "2.15.0-RC.1", "3.0.0"] {
        Bus::connect(&server_of_version(new).await, None, None).await.unwrap();
    }
}

/// A nats-server without JetStream; killed with the value.
struct Plain(Child);

impl Drop for Plain {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn a_server_without_jetstream_is_refused_with_what_to_set() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let found = std::env::var("PEIYU_NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
    let mut command = Command::new(found);
    command.args(["-a", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = Plain(command.spawn().unwrap());
    eventually("the server listens", || async { TcpStream::connect(("127.0.0.1", port)).await.is_ok() })
        .await;
    let refused = Bus::connect(&format!("nats://127.0.0.1:{port}"), None, None).await.unwrap_err();
    let BusError::Unfit { lack, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!(*lack, Lack::JetStream);
    assert!(lack.to_string().contains("jetstream { store_dir"), "{lack}");
}
