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

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_left_on_an_ended_epoch_shows_as_that_and_not_as_one_that_lacks_nothing() {
    let metrics = telemetry::record_metrics().unwrap();
    let nats = PrivateNats::start().await;
    let mut house = House::on(&nats).await;
    let rights = NatsRights::relay(&house.settings.tenant);
    let password = nats.server.put_user(&rights).await.unwrap();
    house.settings.nats.relay = Some(NatsLogin { user: rights.user, password });
    house.append(5, 3).await;
    let relay = house.relay();
    house.stream_equals_feed(15).await;
    for name in ["finance", "moved"] {
        house.stream(1).await.ensure_durable(name, &Default::default()).await.unwrap();
    }
    let shown = |metric: &str, name: &str, value: &str| {
        metrics
            .render()
            .contains(&format!("peiyu_relay_subscriber_{metric}{{subscriber=\"{name}\"}} {value}\n"))
    };
    eventually("their lag shows", async || {
        shown("lag_events", "finance", "15") && shown("ended_epoch", "finance", "0")
    })
    .await;

    house.store.begin_epoch().await.unwrap();
    house.append(1, 1).await;
    let new = house.stream(2).await;
    eventually("the new stream is there", async || new.state().await.is_ok()).await;
    new.ensure_durable("moved", &Default::default()).await.unwrap();
    eventually("the one that stayed is told", async || shown("ended_epoch", "finance", "1")).await;
    eventually("the one that moved has a lag", async || shown("ended_epoch", "moved", "0")).await;
    assert!(shown("lag_events", "finance", "NaN") && shown("lag_age_seconds", "finance", "NaN"));
    let present = new.durables().await.unwrap();
    let left = peiyu_relay::left_behind(new.bus(), &house.settings.tenant, 2, &present).await.unwrap();
    let told: Vec<_> = left.iter().map(|left| (left.epoch, left.durable.name.as_str())).collect();
    assert_eq!(told, [(1, "finance")]);

    house.stream(1).await.remove_durable("finance").await.unwrap();
    eventually("who is gone is told of no more", async || shown("ended_epoch", "finance", "0")).await;
    relay.stop().await;
}
