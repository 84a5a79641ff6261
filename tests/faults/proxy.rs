//! A TCP proxy between services and servers that cuts, delays, swallows and strands what passes through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How it treats what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it comes.
    Pass,
    /// Half of the next message goes through, then the connection is cut; new ones are refused.
    Cut,
    /// Each message comes so much later.
    Delay(Duration),
    /// Nothing goes through, nobody is told.
    BlackHole,
    /// The server is gone and the client does not know: what it sends is taken, nothing comes back.
    HalfOpen,
}

/// Listens until the value goes.
pub struct Proxy {
    pub port: u16,
    manner: watch::Sender<Manner>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// In front of a port of this machine.
    pub async fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (manner, seen) = watch::channel(Manner::Pass);
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(carry(client, upstream, seen.clone()));
            }
        });
        Self { port, manner, connections, task }
    }

    pub fn set(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// One connection, both ways; it ends when one way does.
async fn carry(client: TcpStream, upstream: u16, mut manner: watch::Receiver<Manner>) {
    if *manner.borrow() == Manner::Cut {
        return;
    }
    // Nobody answers a connection that is made into a hole, until the hole closes.
    while matches!(*manner.borrow_and_update(), Manner::BlackHole | Manner::HalfOpen) {
        if manner.changed().await.is_err() {
            return;
        }
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pass_on(from_client, to_server, manner.clone()) => {}
        () = pass_on(from_server, to_client, manner) => {}
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut manner: watch::Receiver<Manner>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        let message = buffer.get(..read).unwrap_or_default();
        let now = *manner.borrow_and_update();
        let whole = match now {
            Manner::Pass => true,
            Manner::Cut => false,
            Manner::Delay(time) => {
                tokio::time::sleep(time).await;
                true
            }
            Manner::BlackHole => {
                // As after a short outage of the network: what was on its way arrives in the end.
                while *manner.borrow_and_update() == Manner::BlackHole {
                    if manner.changed().await.is_err() {
                        return;
                    }
                }
                true
            }
            Manner::HalfOpen => {
                // As after the death of a machine: reset once somebody answers for it again.
                while *manner.borrow_and_update() == Manner::HalfOpen {
                    if manner.changed().await.is_err() {
                        return;
                    }
                }
                return;
            }
        };
        let part = if whole { message } else { message.get(..read / 2).unwrap_or_default() };
        if to.write_all(part).await.is_err() || !whole {
            return;
        }
    }
}
