//! Where everybody stands on any day: the statement says what the domain's timeline says, and counts add up.

use std::collections::BTreeMap;

use jiff::civil::Date;
use peiyu_domain::candidate::events::LiaisonEnd;
use peiyu_domain::duties::{DutyState, Happened, Timeline, state_on};
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::policy::Policy;
use peiyu_domain::{AnyEvent, Event};
use peiyu_views::matrix::{self, Asked, Placed, Standing};
use peiyu_views::places::{Places, Sight};
use peiyu_views::{Content, coverage, organisations};
use uuid::Uuid;

use crate::support::{
    BRANCH, Feed, House, assigned, day, ended, entered, house, left, organisation, person, talked,
};

const PEOPLE: std::ops::RangeInclusive<u128> = 11..=17;

/// Seven people: talked, handed over, ended and begun anew, never talked, nobody, left and came back.
async fn peopled() -> (House, Feed) {
    let house = house().await;
    let mut feed = Feed::default();
    feed.tree();
    for id in PEOPLE {
        let room = if id % 2 == 0 { "软件教研室" } else { "网络教研室" };
        feed.person(id, &format!("某{id}"), "计算机学院", room).candidate(
            id,
            entered("2026-03-01"),
            "2026-03-01",
        );
    }
    feed.candidate(11, assigned(2, "2026-03-05"), "2026-03-05")
        .candidate(11, talked(1, 2, "2026-04-01"), "2026-04-01")
        .candidate(11, talked(2, 2, "2026-06-15"), "2026-06-15")
        // Handed over without a talk: the first term goes on.
        .candidate(12, assigned(2, "2026-03-05"), "2026-03-05")
        .candidate(12, ended(2, "2026-03-20", LiaisonEnd::HandOver), "2026-03-20")
        .candidate(12, assigned(3, "2026-03-20"), "2026-03-20")
        .candidate(12, ended(3, "2026-05-20", LiaisonEnd::HandOver), "2026-05-20")
        .candidate(12, assigned(2, "2026-05-20"), "2026-05-20")
        .candidate(12, talked(1, 2, "2026-05-25"), "2026-05-25")
        // Ended, a gap, begun anew: a new first term although there was a talk.
        .candidate(13, assigned(2, "2026-03-05"), "2026-03-05")
        .candidate(13, talked(1, 2, "2026-03-06"), "2026-03-06")
        .candidate(13, ended(2, "2026-04-10", LiaisonEnd::Unavailable), "2026-04-10")
        .candidate(13, assigned(3, "2026-04-20"), "2026-04-20")
        .candidate(14, assigned(3, "2026-03-11"), "2026-03-11")
        .candidate(16, assigned(3, "2026-03-11"), "2026-03-11")
        .candidate(16, ended(3, "2026-04-30", LiaisonEnd::LeftPool), "2026-04-30")
        .candidate(16, left("2026-05-01"), "2026-05-01")
        .candidate(16, entered("2026-06-01"), "2026-06-01")
        .candidate(17, assigned(3, "2026-05-31"), "2026-05-31");
    house.project(&feed).await;
    (house, feed)
}

fn asked<'a>(on: Date, sight: &'a Sight, places: Option<Places>) -> Asked<'a> {
    Asked { day: on, sight, places, policy: Policy::shipped() }
}

/// Everybody's timeline from what had happened by that day.
fn timelines(feed: &Feed, on: Date) -> BTreeMap<Uuid, Timeline> {
    let mut timelines: BTreeMap<Uuid, Timeline> = BTreeMap::new();
    for applied in &feed.0 {
        let Content::Event(event) = &applied.content else { continue };
        let AnyEvent::Candidate(event) = event.as_ref() else { continue };
        if event.occurred_on().is_some_and(|day| day <= on) {
            let happened = Happened { event_id: applied.metadata.event_id, recorded_on: on };
            timelines.entry(applied.aggregate_id).or_default().apply(event, &happened);
        }
    }
    timelines
}

/// By the domain alone.
fn standing(timeline: &Timeline, on: Date) -> Standing {
    let duty = timeline.open_duties(person(1))[0];
    let state = state_on(duty.kind, duty.anchor, None, on, Policy::shipped());
    match (timeline.liaison(), timeline.last_talk(), state) {
        (None, _, _) => Standing::Nobody,
        (Some(_), None, _) => Standing::Never,
        (_, _, DutyState::Overdue { .. }) => Standing::Overdue,
        (_, _, DutyState::DueToday | DutyState::DueSoon) => Standing::DueSoon,
        (_, _, DutyState::Upcoming | DutyState::Met { .. }) => Standing::Talked,
    }
}

#[tokio::test]
async fn everybody_stands_on_every_day_where_the_domain_says() {
    let (house, feed) = peopled().await;
    let mut seen = std::collections::BTreeSet::new();
    let mut on = day("2026-02-27");
    while on <= day("2026-10-31") {
        let asked = asked(on, &Sight::Everybody, None);
        let people: BTreeMap<Uuid, Placed> = matrix::people(&house.pool, &asked, None, 100)
            .await
            .unwrap()
            .into_iter()
            .map(|placed| (placed.id.0, placed))
            .collect();
        for (id, timeline) in timelines(&feed, on) {
            assert_eq!(people.contains_key(&id), timeline.is_in_pool(), "{id} on {on}");
            let Some(placed) = people.get(&id) else { continue };
            // On the last day the domain's duty is open already, and the person still has a liaison.
            let is_last_day = timeline.liaison().is_none() && timeline.gaps(on).iter().all(|gap| gap.to < on);
            if is_last_day {
                assert!(placed.liaison.is_some(), "{id} on {on}");
                continue;
            }
            let duty = timeline.open_duties(person(1))[0];
            assert_eq!((placed.duty, placed.anchor), (duty.kind, duty.anchor), "{id} on {on}");
            assert_eq!(placed.standing, standing(&timeline, on), "{id} on {on}");
            assert_eq!((placed.liaison, placed.last_talk), (timeline.liaison(), timeline.last_talk()));
            seen.insert(placed.standing);
        }
        on = on.tomorrow().unwrap();
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), Standing::ALL, "every place was seen");
}

#[tokio::test]
async fn the_counts_add_up_to_the_pool_and_to_the_lists_behind_them() {
    let (house, _feed) = peopled().await;
    for on in ["2026-03-10", "2026-04-10", "2026-05-15", "2026-06-20", "2026-12-31"] {
        let asked = asked(day(on), &Sight::Everybody, None);
        let tallies = matrix::tallies(&house.pool, &asked).await.unwrap();
        let picture = coverage::as_of(&house.pool, day(on), &Sight::Everybody).await.unwrap();
        assert_eq!(tallies.iter().map(|tally| tally.people).sum::<i64>(), picture.pool, "{on}");
        for standing in Standing::ALL {
            let counted: i64 =
                tallies.iter().filter(|tally| tally.standing == standing).map(|tally| tally.people).sum();
            let listed = matrix::people(&house.pool, &asked, Some(standing), 100).await.unwrap();
            assert_eq!(i64::try_from(listed.len()).unwrap(), counted, "{standing:?} on {on}");
        }
        let nobody = tallies.iter().filter(|tally| tally.standing == Standing::Nobody);
        assert_eq!(nobody.map(|tally| tally.people).sum::<i64>(), picture.pool - picture.covered, "{on}");
    }
}

#[tokio::test]
async fn only_what_lies_in_the_part_and_in_sight_is_counted() {
    let (house, _feed) = peopled().await;
    let tree: Tree = organisations::tree(&house.pool).await.unwrap();
    let of_branch = Places::under(&house.pool, &tree, &[organisation(BRANCH)]).await.unwrap();
    let on = day("2026-04-15");
    let names = async |asked: &Asked<'_>| -> Vec<String> {
        let people = matrix::people(&house.pool, asked, None, 100).await.unwrap();
        let tallies = matrix::tallies(&house.pool, asked).await.unwrap();
        let counted: i64 = tallies.iter().map(|tally| tally.people).sum();
        assert_eq!(counted, i64::try_from(people.len()).unwrap());
        let mut names: Vec<String> = people.into_iter().map(|placed| placed.name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&asked(on, &Sight::Everybody, Some(of_branch))).await, ["某12", "某14", "某16"]);
    // Sight is of today: 某13 was handed on to 王书记 (3), who sees them on days before too.
    assert_eq!(names(&asked(on, &Sight::Own(person(3)), None)).await, ["某13", "某14", "某17"]);
    assert_eq!(
        names(&asked(on, &Sight::Places { places: Places::default(), viewer: None }, None)).await,
        [""; 0]
    );
}
