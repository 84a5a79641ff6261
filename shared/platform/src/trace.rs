//! W3C trace context: which request a command, its events and all that follows from them belong to.
//!
//! The api takes it from the header `traceparent` or begins one; it rides in the metadata of every event, from
//! there onto the stream, and the spans of relay and projector name it. It says nothing about persons. When spans
//! go to a collector (`export`), those of one request share its trace there, in whichever process they were made.

use std::fmt::{self, Write};
use std::future::Future;

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use rand::Rng;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Trace ids that one span names at most.
const MOST_NAMED: usize = 8;
/// Traces of a page that get a span of it. A page that many requests filled is nobody's in particular; a projector
/// that catches up would else make a span for every event of the past.
const MOST_SPANS: usize = 100;

tokio::task_local! {
    static CURRENT: TraceParent;
}

/// A place in a trace, <https://www.w3.org/TR/trace-context/>: `00-<trace>-<span>-<flags>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

impl TraceParent {
    /// Reads a header's value; none when it is not as the standard says. Later versions are read as far as this
    /// one goes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (version, rest) = text.split_at_checked(2)?;
        let rest = rest.strip_prefix('-')?;
        let mut parts = rest.splitn(4, '-');
        let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
        let first_version = version == "00";
        let fits = (trace.len(), span.len(), flags.len()) == (32, 16, 2)
            && [version, trace, span, flags].iter().all(|part| is_hex(part))
            && version != "ff"
            && !(first_version && parts.next().is_some());
        if !fits {
            return None;
        }
        let read = Self {
            trace: u128::from_str_radix(trace, 16).ok()?,
            span: u64::from_str_radix(span, 16).ok()?,
            flags: u8::from_str_radix(flags, 16).ok()?,
        };
        (read.trace != 0 && read.span != 0).then_some(read)
    }

    /// Begins a trace.
    #[must_use]
    pub fn fresh() -> Self {
        Self { trace: rand::rng().random_range(1..=u128::MAX), span: span_id(), flags: 1 }
    }

    /// The trace of a piece of work that has an id (of 128 bits) and no request: the same each time it goes on.
    #[must_use]
    pub fn of_work(work: u128) -> Self {
        Self { trace: work.max(1), span: span_id(), flags: 1 }
    }

    /// The next place in the same trace.
    #[must_use]
    pub fn next(self) -> Self {
        Self { span: span_id(), ..self }
    }

    fn of_span(place: &SpanContext) -> Self {
        Self {
            trace: u128::from_be_bytes(place.trace_id().to_bytes()),
            span: u64::from_be_bytes(place.span_id().to_bytes()),
            flags: place.trace_flags().to_u8(),
        }
    }

    fn remote(self) -> SpanContext {
        let (trace, span) = (TraceId::from(self.trace), SpanId::from(self.span));
        SpanContext::new(trace, span, TraceFlags::new(self.flags), true, TraceState::NONE)
    }

    /// Lower-case hex, 32 digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn span_id() -> u64 {
    rand::rng().random_range(1..=u64::MAX)
}

/// Does something as part of a trace; see [`current`].
pub async fn scope<F: Future>(trace: TraceParent, work: F) -> F::Output {
    CURRENT.scope(trace, work).await
}

/// The trace that the running task is part of, if somebody said so.
#[must_use]
pub fn current() -> Option<TraceParent> {
    CURRENT.try_with(|trace| *trace).ok()
}

/// Puts a new span into the caller's trace, or begins one with it; gives the span's own place, which goes on to
/// whoever works for it. Spans that no collector gets have a place too.
#[must_use]
pub fn begin(span: &Span, caller: Option<TraceParent>) -> TraceParent {
    let is_exported = match caller {
        Some(caller) => hang(span, caller),
        None => true,
    };
    if is_exported {
        let context = span.context();
        let own = context.span().span_context().clone();
        if own.is_valid() {
            return TraceParent::of_span(&own);
        }
    }
    caller.map_or_else(TraceParent::fresh, TraceParent::next)
}

/// False when nobody collects the span.
fn hang(span: &Span, parent: TraceParent) -> bool {
    span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent.remote())).is_ok()
}

/// The spans of one page of events: the one to work in, and for the collector one for each further trace in it.
/// They end when this goes.
#[derive(Debug)]
pub struct PageSpans {
    work: Span,
    _further: Vec<Span>,
}

impl PageSpans {
    /// By the events' `traceparent`s; `make` makes a span that names the given trace ids.
    pub fn of<'a>(
        parents: impl Iterator<Item = Option<&'a str>> + Clone,
        make: impl Fn(&str) -> Span,
    ) -> Self {
        let work = make(&ids_of(parents.clone()));
        let mut traces: Vec<TraceParent> = Vec::new();
        for parent in parents.flatten() {
            if traces.len() == MOST_SPANS {
                break;
            }
            let Some(parent) = TraceParent::parse(parent) else { continue };
            if !traces.iter().any(|known| known.trace == parent.trace) {
                traces.push(parent);
            }
        }
        let mut traces = traces.into_iter();
        let is_exported = traces.next().is_some_and(|first| hang(&work, first));
        let further = traces.take_while(|_| is_exported).map(|trace| {
            let span = make(&trace.trace_id());
            hang(&span, trace);
            span
        });
        Self { _further: further.collect(), work }
    }

    /// The span that the page is worked on in.
    #[must_use]
    pub fn work(&self) -> Span {
        self.work.clone()
    }
}

/// The trace ids of a page of events by their `traceparent`s, for a span's field: each once, `…` beyond eight.
#[must_use]
pub fn ids_of<'a>(parents: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut known: Vec<&str> = Vec::new();
    let mut named = String::new();
    for id in parents.flatten().filter_map(|parent| parent.get(3..35)) {
        if known.contains(&id) {
            continue;
        }
        if known.len() == MOST_NAMED {
            named.push_str(" …");
            break;
        }
        known.push(id);
        let gap = if named.is_empty() { "" } else { " " };
        // Writing to a String does not fail.
        let _ = write!(named, "{gap}{id}");
    }
    named
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_header_is_read_and_written_as_the_standard_says() {
        let text = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let parent = TraceParent::parse(&text).unwrap();
        assert_eq!((parent.to_string(), parent.trace_id()), (text, TRACE.to_owned()));
        let later = TraceParent::parse(&format!("cc-{TRACE}-00f067aa0ba902b7-01-what-comes-later")).unwrap();
        assert_eq!(later, parent);
        let next = parent.next();
        assert!(next.trace_id() == TRACE && next != parent);
    }

    #[test]
    fn what_is_not_a_header_begins_nothing() {
        let wrong = [
            String::new(),
            "00".to_owned(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-+0f067aa0ba902b7-01"),
            "培育-培育".to_owned(),
        ];
        for text in wrong {
            assert_eq!(TraceParent::parse(&text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn the_trace_is_that_of_the_scope_and_of_nobody_else() {
        let parent = TraceParent::fresh();
        assert_eq!(scope(parent, async { current() }).await, Some(parent));
        assert_eq!(current(), None);
    }

    #[test]
    fn a_page_names_each_trace_once_and_not_too_many() {
        let one = TraceParent::fresh();
        let (first, second) = (one.to_string(), one.next().to_string());
        assert_eq!(ids_of([Some(first.as_str()), None, Some(&second)].into_iter()), one.trace_id());
        let many: Vec<String> = (0..20).map(|_| TraceParent::fresh().to_string()).collect();
        let named = ids_of(many.iter().map(|parent| Some(parent.as_str())));
        assert_eq!(named.split(' ').count(), MOST_NAMED + 1);
    }
}
