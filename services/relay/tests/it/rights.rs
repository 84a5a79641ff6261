//! The relay as a NATS user of its own, on a server that refuses it everything else.

use peiyu_contracts::nats_rights::NatsRights;
use peiyu_platform::settings::NatsLogin;
use peiyu_platform::telemetry;
use peiyu_servers::testing::PrivateNats;

use crate::house::{House, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn its_rights_are_enough_and_a_subscribers_lag_shows() {
    let metrics = telemetry::record_metrics().unwrap();
    let nats = PrivateNats::start().await;
    let mut house = House::on(&nats).await;
    let rights = NatsRights::relay(&house.settings.tenant);
    let password = nats.server.put_user(&rights).await.unwrap();
    house.settings.nats.relay = Some(NatsLogin { user: rights.user, password });
    house.append(5, 3).await;
    let relay = house.relay();
    house.stream_equals_feed(15).await;

    let stream = house.stream(1).await;
    stream.ensure_durable("finance", &Default::default()).await.unwrap();
    let shown = |number: &str| {
        metrics
            .render()
            .contains(&format!("peiyu_relay_subscriber_lag_events{{subscriber=\"finance\"}} {number}"))
    };
    eventually("the lag shows", async || shown("15")).await;
    assert!(metrics.render().contains("peiyu_relay_subscriber_lag_age_seconds{subscriber=\"finance\"}"));
    stream.remove_durable("finance").await.unwrap();
    eventually("who is gone lags no more", async || shown("0")).await;
    relay.stop().await;
}
