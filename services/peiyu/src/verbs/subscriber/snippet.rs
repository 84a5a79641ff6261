//! What a subscriber is handed: its access, and code that is ready to use.

use peiyu_contracts::nats_rights::inbox_prefix;

/// How a subscriber gets to its events.
#[derive(Debug)]
pub(super) struct Access<'a> {
    pub(super) url: &'a str,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    pub(super) stream: &'a str,
    pub(super) durable: &'a str,
}

impl Access<'_> {
    pub(super) fn inbox_prefix(&self) -> String {
        inbox_prefix(self.user)
    }
}

/// A whole program for nats-py: prints each event once and acknowledges it.
pub(super) fn python(access: &Access<'_>) -> String {
    let Access { url, user, password, stream, durable } = access;
    let inbox = access.inbox_prefix();
    format!(
        r#"# pip install nats-py
import asyncio
import nats


async def main():
    connection = await nats.connect(
        "{url}", user="{user}", password="{password}", inbox_prefix=b"{inbox}"
    )
    subscription = await connection.jetstream().pull_subscribe_bind("{durable}", stream="{stream}")
    while True:
        try:
            messages = await subscription.fetch(100, timeout=5)
        # Nothing came; some versions of nats-py say so by one, some by the other.
        except (asyncio.TimeoutError, nats.errors.TimeoutError):
            continue
        for message in messages:
            # ce-id tells an event that comes a second time; personal fields of the data are sealed.
            print(message.headers["ce-id"], message.headers["ce-type"], message.data.decode(), flush=True)
            await message.ack()


asyncio.run(main())
"#
    )
}

/// As people read it. `entry` is for a server that is not ours.
pub(super) fn text(access: &Access<'_>, entry: Option<&str>) -> String {
    let Access { url, user, password, stream, durable } = access;
    let inbox = access.inbox_prefix();
    let mut text = format!(
        "订阅者 subscriber   {durable}\n服务器 server       {url}\n用户 user            {user}\n\
         密码 password        {password}\n流 stream            {stream}\n持久订阅 durable     {durable}\n\
         收件前缀 inbox       {inbox}\n\n"
    );
    if let Some(entry) = entry {
        text.push_str(&format!(
            "这台 NATS 不由 peiyu 管理：把下面一行放进其配置的 authorization {{ users = [ … ] }}，再重新加载（nats-server --signal reload）。\n\
             This server is not peiyu's: put this into authorization {{ users = [ … ] }} of its configuration, then\n\
             reload it (nats-server --signal reload).\n\n{entry}\n\n"
        ));
    }
    text.push_str(&format!(
        "# nats CLI\nnats --server {url} --user {user} --password {password} --inbox-prefix {inbox} \\\n  \
         consumer next {stream} {durable} --count 10 --ack\n\n# Python\n{}",
        python(access)
    ));
    text
}
