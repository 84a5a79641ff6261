//! Reads server-sent events: bytes in, blocks out.

/// What a block says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// `id`, to be sent back as `Last-Event-ID`.
    pub id: Option<String>,
    /// `event`; none for an ordinary one.
    pub event: Option<String>,
    /// `data`, its lines joined.
    pub data: Option<String>,
}

/// Bytes that are no whole block yet.
#[derive(Debug, Default)]
pub(crate) struct EventStream {
    pending: Vec<u8>,
}

impl EventStream {
    /// Takes bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole block, if one is there. Comments are blocks that say nothing.
    pub(crate) fn next_block(&mut self) -> Option<Block> {
        let end = self.pending.windows(2).position(|pair| pair == b"\n\n")?;
        let bytes: Vec<u8> = self.pending.drain(..end + 2).collect();
        let mut block = Block::default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "id" => block.id = Some(value.to_owned()),
                "event" => block.event = Some(value.to_owned()),
                "data" => match &mut block.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => block.data = Some(value.to_owned()),
                },
                _ => {}
            }
        }
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_whole_however_the_bytes_were_cut() {
        let text = "retry: 3000\n: hello\n\nid: 1-7\ndata: {\"a\":\"培\"}\n\nevent: end\ndata:x\ndata: y\n\nid: 1-8\n";
        let wanted = [
            Block::default(),
            Block { id: Some("1-7".into()), data: Some("{\"a\":\"培\"}".into()), event: None },
            Block { id: None, data: Some("x\ny".into()), event: Some("end".into()) },
        ];
        for cut in 1..text.len() {
            let mut stream = EventStream::default();
            let mut blocks = Vec::new();
            for piece in text.as_bytes().chunks(cut) {
                stream.push(piece);
                while let Some(block) = stream.next_block() {
                    blocks.push(block);
                }
            }
            assert_eq!(blocks, wanted, "cut every {cut} bytes");
        }
    }
}
