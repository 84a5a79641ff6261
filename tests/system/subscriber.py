"""A subscriber as an engineer of another system would write it: every event, in order, by nats-py.

usage: subscriber.py URL USER PASSWORD STREAM LAST

Prints a JSON line per event (position, id, type, subject, data) until the stream's sequence LAST, and checks
what Peiyu promises: stream sequence = `ce-position`, no gap, no event twice.
"""

import asyncio
import json
import sys

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy


async def main(url: str, user: str, password: str, stream: str, last: int) -> None:
    connection = await nats.connect(url, user=user, password=password, allow_reconnect=False)
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL)
    subscription = await connection.jetstream().pull_subscribe("peiyu.v1.>", stream=stream, config=config)
    expected, seen = None, set()
    while expected is None or expected <= last:
        for message in await subscription.fetch(500, timeout=20):
            sequence = message.metadata.sequence.stream
            headers = message.headers
            expected = sequence if expected is None else expected
            assert sequence == expected, f"stream sequence {sequence} where {expected} comes next"
            assert int(headers["ce-position"]) == sequence, f"ce-position at {sequence} is another"
            assert headers["ce-id"] == headers["Nats-Msg-Id"], f"two ids at {sequence}"
            assert headers["ce-id"] not in seen, f"event {headers['ce-id']} came twice"
            seen.add(headers["ce-id"])
            event = {
                "position": sequence,
                "id": headers["ce-id"],
                "type": headers["ce-type"],
                "subject": message.subject,
                "data": json.loads(message.data),
            }
            print(json.dumps(event, ensure_ascii=False))
            expected += 1
            if expected > last:
                break
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
