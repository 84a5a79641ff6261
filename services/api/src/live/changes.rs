//! A stream that says only that something changed, for pages that show lists: no event, no name, no right needed
//! beyond being signed in. It is told once the read models show the change, and at most once a second.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream;
use peiyu_views::{View, checkpoint};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Seen, Shown, Slot};
use crate::Api;
use crate::door::caller::identify;
use crate::problem::{Code, Problem};
use crate::sign_in::Purpose;

/// What lists are made from.
const VIEWS: [View; 3] = [View::Persons, View::Candidates, View::Obligations];
/// Between two tellings.
const REST: Duration = Duration::from_secs(1);
/// How long the read models may take to show what is told.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// After how long a page comes back.
const RETRY: Duration = Duration::from_secs(3);

/// Opens a stream of changes.
pub(crate) fn changes(api: &Api, headers: HeaderMap) -> Result<impl IntoResponse + use<>, Problem> {
    let live = api.live();
    let slot = live.page_slot().ok_or_else(|| Problem::new(Code::Overloaded).retry_after(30))?;
    let heartbeat = Duration::from_secs(live.settings.heartbeat_seconds.max(1));
    let follower = Follower {
        api: api.clone(),
        seen: live.subscribe(),
        headers,
        told: None,
        checked: Instant::now(),
        _slot: slot,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<Event, Infallible>(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(heartbeat).text("heartbeat")))
}

struct Follower {
    api: Api,
    seen: watch::Receiver<Seen>,
    headers: HeaderMap,
    /// The position that was told last; none before the first.
    told: Option<i64>,
    checked: Instant,
    _slot: Slot,
}

impl Follower {
    /// The next change; none when the process, the session or the database ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            self.check().await?;
            let seen = *self.seen.borrow_and_update();
            match (seen, self.told) {
                (Seen::Over, _) => return None,
                // What a page shows when it opens is new enough; one that comes back may have missed something.
                (Seen::Head(head), None) => {
                    self.told = Some(head.position);
                    let ready = Event::default().retry(RETRY).event("ready");
                    return Some(ready.data(head.position.to_string()));
                }
                (Seen::Head(head), Some(told)) if head.position != told => {
                    tokio::time::sleep(REST).await;
                    let shown = shown(&self.api, head.position).await?;
                    self.told = Some(head.position);
                    return Some(Event::default().event("changed").data(shown.to_string()));
                }
                (Seen::Head(_) | Seen::Nothing, _) => {}
            }
            self.wait().await?;
        }
    }

    /// Waits for the feed to move, or for the next look at the session.
    async fn wait(&mut self) -> Option<()> {
        let again = self.checked + self.pause();
        tokio::select! {
            changed = self.seen.changed() => changed.ok(),
            () = tokio::time::sleep_until(again) => Some(()),
        }
    }

    /// Looks now and then whether the visitor is still signed in, however busy the feed is.
    async fn check(&mut self) -> Option<()> {
        if self.checked.elapsed() < self.pause() {
            return Some(());
        }
        identify(&self.api, &self.headers, Purpose::Recheck).await.ok()?;
        self.checked = Instant::now();
        Some(())
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(self.api.live().settings.rights_seconds.max(1))
    }
}

/// The position that the read models show, once it is this one: asked for by one page for all that wait.
async fn shown(api: &Api, position: i64) -> Option<i64> {
    let mut last = api.live().shown.lock().await;
    if last.asked < position {
        let shown = checkpoint::wait_for(api.pool(), position, &VIEWS, SHOWN_WITHIN).await.ok()?;
        *last = Shown { asked: position, shown };
    }
    Some(last.shown)
}
