//! Publishing in order: atomic batches, the first message with `Nats-Expected-Last-Sequence`.

use async_nats::HeaderMap;
use async_nats::client::RequestErrorKind;
use bytes::Bytes;
use serde::Deserialize;

use crate::connection::read_answer;
use crate::{BusError, Message, Stream};

/// Most messages of one atomic batch; the server takes no more.
pub const MAX_BATCH: usize = 1000;
/// Most bytes of one atomic batch (a single larger message goes alone).
pub const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The server's answer to a committed batch.
#[derive(Debug, Deserialize)]
struct Committed {
    seq: u64,
}

impl Stream {
    /// Appends `messages` in order right after `expected_last`; the sequence of the last one. Each part of
    /// at most [`MAX_BATCH`] messages is published whole or not at all, so upon an error the parts before it
    /// may stand: look at [`Stream::state`] and go on from there.
    ///
    /// # Errors
    /// [`BusError::Fence`] when the stream's end is elsewhere or a message id is there already,
    /// [`BusError::NoStream`], [`BusError::Unavailable`] (outcome unknown), [`BusError::TooLarge`].
    pub async fn publish(&self, expected_last: u64, messages: &[Message]) -> Result<u64, BusError> {
        let mut last = expected_last;
        let mut rest = messages;
        while !rest.is_empty() {
            let (part, later) = rest.split_at(part_length(rest));
            last = self.publish_part(last, part).await?;
            rest = later;
        }
        if last > expected_last {
            self.hint();
        }
        Ok(last)
    }

    async fn publish_part(&self, expected_last: u64, part: &[Message]) -> Result<u64, BusError> {
        let batch = format!("{:032x}", rand::random::<u128>());
        let limit = self.bus.client.server_info().max_payload;
        if let Some(large) = part.iter().find(|message| limit > 0 && message.size() > limit) {
            return Err(BusError::TooLarge { bytes: large.size() });
        }
        let wanted = expected_last + u64::try_from(part.len()).unwrap_or(u64::MAX);
        for (index, message) in part.iter().enumerate() {
            let mut headers = headers_of(message);
            headers.insert("Nats-Batch-Id", batch.as_str());
            headers.insert("Nats-Batch-Sequence", (index + 1).to_string());
            // A publisher that slept through the end of an epoch must not reach the stream that followed: the
            // subjects are the same.
            headers.insert("Nats-Expected-Stream", self.name.as_str());
            if index == 0 {
                headers.insert("Nats-Expected-Last-Sequence", expected_last.to_string());
            }
            let is_last = index + 1 == part.len();
            if is_last {
                headers.insert("Nats-Batch-Commit", "1");
                return self.commit(message, headers, wanted).await;
            }
            if index == 0 {
                self.begin(message, headers).await?;
            } else {
                let sent = self.bus.client.publish_with_headers(
                    message.subject.clone(),
                    headers,
                    message.payload.clone(),
                );
                sent.await.map_err(|error| BusError::unavailable("publish", error))?;
            }
        }
        Ok(expected_last)
    }

    /// The first message of several is acknowledged with nothing: the server has begun to collect.
    async fn begin(&self, message: &Message, headers: HeaderMap) -> Result<(), BusError> {
        let answer = self.request(message, headers).await?;
        if answer.is_empty() {
            return Ok(());
        }
        let unexpected: serde_json::Value = read_answer(("publish", &self.name), &answer)?;
        Err(BusError::unreadable("publish", format!("the start of a batch was answered with {unexpected}")))
    }

    async fn commit(&self, message: &Message, headers: HeaderMap, wanted: u64) -> Result<u64, BusError> {
        let answer = self.request(message, headers).await?;
        let committed: Committed = read_answer(("publish", &self.name), &answer)?;
        if committed.seq == wanted {
            return Ok(wanted);
        }
        let problem = format!("the last message got sequence {}, not {wanted}", committed.seq);
        Err(BusError::unreadable("publish", problem))
    }

    async fn request(&self, message: &Message, headers: HeaderMap) -> Result<Bytes, BusError> {
        let sent =
            self.bus.client.request_with_headers(message.subject.clone(), headers, message.payload.clone());
        match sent.await {
            Ok(answer) => Ok(answer.payload),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => BusError::NoStream { name: self.name.clone() },
                RequestErrorKind::TimedOut
                | RequestErrorKind::InvalidSubject
                | RequestErrorKind::MaxPayloadExceeded
                | RequestErrorKind::Other => BusError::unavailable("publish", error),
            }),
        }
    }
}

fn headers_of(message: &Message) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", message.id.as_str());
    for (name, value) in &message.headers {
        headers.insert(*name, value.as_str());
    }
    headers
}

/// How many of the messages (at least one) make the next batch.
fn part_length(messages: &[Message]) -> usize {
    let mut bytes = 0;
    let fitting = messages.iter().take(MAX_BATCH).take_while(|message| {
        bytes += message.size();
        bytes <= MAX_BATCH_BYTES
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(count: usize, bytes: usize) -> Vec<Message> {
        let payload = Bytes::from(vec![b'x'; bytes]);
        let message = Message { subject: "s".to_owned(), id: "i".to_owned(), headers: vec![], payload };
        vec![message; count]
    }

    #[test]
    fn a_batch_is_bounded_in_messages_and_bytes_and_never_empty() {
        assert_eq!(part_length(&messages(1, 1)), 1);
        assert_eq!(part_length(&messages(2500, 1)), MAX_BATCH);
        assert_eq!(part_length(&messages(10, MAX_BATCH_BYTES / 3)), 2);
        assert_eq!(part_length(&messages(2, MAX_BATCH_BYTES * 2)), 1);
    }
}
