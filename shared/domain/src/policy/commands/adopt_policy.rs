//! 启用制度参数: a version of the numbers is adopted, whole, from a day on.

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::policy::{Policies, Policy, PolicyEvent, PolicyRefusal};

/// Adopt a policy file.
#[derive(Debug, Clone)]
pub struct AdoptPolicy {
    /// The TOML text.
    pub content: String,
}

impl Decide<AdoptPolicy> for Policies {
    type Facts = ();

    fn decide(
        &self,
        command: AdoptPolicy,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<PolicyEvent>, PolicyRefusal> {
        let policy = Policy::parse(&command.content)
            .map_err(|fault| PolicyRefusal::Unreadable { fault: fault.to_string() })?;
        if let Some(known) = self.versions().iter().find(|known| known.version == policy.version) {
            let same = known.content == command.content;
            require(same, PolicyRefusal::VersionTaken { version: policy.version.clone() })?;
            return Ok(Vec::new());
        }
        if let Some(last) = self.versions().last() {
            let later = policy.valid_from >= last.valid_from;
            require(later, PolicyRefusal::BeforeVersionInForce { since: last.valid_from })?;
        }
        Ok(vec![PolicyEvent::PolicyAdopted {
            version: policy.version.clone(),
            valid_from: policy.valid_from,
            hash: policy.hash.clone(),
            content: command.content,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{date, given};

    #[test]
    fn the_shipped_policy_is_adopted_once() {
        let adopt = || AdoptPolicy { content: Policy::shipped_text().to_owned() };
        let first = given::<Policies>([]).when(adopt(), ()).events();
        given::<Policies>([first[0].clone()]).when(adopt(), ()).nothing();
    }

    #[test]
    fn the_same_version_with_other_content_is_refused() {
        let content = Policy::shipped_text().to_owned();
        let first = given::<Policies>([]).when(AdoptPolicy { content: content.clone() }, ()).events();
        given::<Policies>([first[0].clone()])
            .when(AdoptPolicy { content: format!("{content}\n# another") }, ())
            .refused(&PolicyRefusal::VersionTaken { version: Policy::shipped().version.clone() });
    }

    #[test]
    fn a_text_that_is_no_policy_is_refused() {
        let refused = given::<Policies>([]).when(AdoptPolicy { content: "x = 1".into() }, ()).refusal();
        assert!(matches!(refused, PolicyRefusal::Unreadable { .. }));
    }

    #[test]
    fn before_anything_was_adopted_the_shipped_numbers_hold() {
        assert_eq!(Policies::default().numbers_on(date("2026-01-01")).version, Policy::shipped().version);
    }
}
