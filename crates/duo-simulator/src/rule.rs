//! Rules of Duo that can be broken one at a time, to see that a test notices.
//!
//! A rule is kept everywhere and always, unless the feature `mutations` is on and a program that was built for such
//! trials breaks one at its start. Then it is broken in the whole process, as if the source said something else: a
//! switch in the settings would have to be carried to places that know nothing of settings.

/// Declares the rules with their names and what each says.
macro_rules! rules {
    ($($name:ident $word:literal $says:literal;)+) => {
        /// A rule that tests must hold the simulator to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Rule {
            $(#[doc = $says] $name,)+
        }

        #[cfg(feature = "mutations")]
        const ALL: &[(Rule, &str, &str)] = &[$((Rule::$name, $word, $says),)+];
    };
}

rules! {
    SignatureCompared "signature_compared" "The signature must be the one that the secret key makes.";
    ParametersSorted "parameters_sorted" "Parameters are signed in the order of their encoded names, however they were sent.";
    BodyCovered "body_covered" "Version 5 signs the bytes of the body.";
    DateWithinWindow "date_within_window" "A date more than five minutes off is refused.";
    KeyKnownAtHost "key_known_at_host" "A key is known at its own account's host only.";
    ChildAtItsHost "child_at_its_host" "A child account is reached at the child's host.";
    KindOfKey "kind_of_key" "A key opens the API that it was made for.";
    GrantAsked "grant_asked" "An Admin API key does only what it was granted.";
    BillingEnabled "billing_enabled" "Billing calls need an Accounts key that Duo has enabled for them.";
    VersionFiveOnly "version_five_only" "Some endpoints take version 5 signatures only.";
    RateLimited "rate_limited" "More calls in a minute than Duo takes are refused.";
    UsernameUnique "username_unique" "No two users have one username.";
    AliasUnique "alias_unique" "An alias is nobody else's username or alias.";
    NamesInAnyCase "names_in_any_case" "Users are found by their names in any case.";
    GroupNameUnique "group_name_unique" "No two groups have one name.";
    PhoneNumberUnique "phone_number_unique" "No two phones have one number and extension.";
    HundredLinks "hundred_links" "A user has at most a hundred phones, tokens or groups.";
    HundredCodes "hundred_codes" "A user has at most a hundred bypass codes.";
    DeletedPastTrash "deleted_past_trash" "A deleted user is gone at once, past the trash.";
    DeletionLeavesPhone "deletion_leaves_phone" "A deleted user's phone stays.";
    TrashFixesStatus "trash_fixes_status" "A new status for a user in the trash is accepted and has no effect.";
    RestoredDisabled "restored_disabled" "Out of the trash a user comes disabled.";
    TrashEmptied "trash_emptied" "After seven days the trash is emptied.";
    DirectoryKeepsUsers "directory_keeps_users" "Users of a directory cannot be sent to the trash.";
    BulkAllOrNone "bulk_all_or_none" "Of many users in one call all are made or none.";
    PagesEnd "pages_end" "The last page names no next one.";
    TotalOfAll "total_of_all" "Every page says how many there are in all.";
    LimitLowered "limit_lowered" "Too high a limit is lowered to the most.";
    HundredByDefault "hundred_by_default" "Without a limit a page has a hundred.";
    CursorAfterRow "cursor_after_row" "A log's cursor leads behind the last row told.";
    LogsHeldBack "logs_held_back" "The newest rows of a log are held back for a while.";
    ChangesLogged "changes_logged" "Every change is told in the logs.";
    CodesReplaced "codes_replaced" "New bypass codes take the place of all others.";
    TenCodes "ten_codes" "Without a count ten bypass codes are made.";
    CodeUsedUp "code_used_up" "A bypass code is used up.";
    CodeExpires "code_expires" "A bypass code ends with its time.";
    WrongPasscodeDenied "wrong_passcode_denied" "A wrong passcode is denied.";
    SmsNeverAllows "sms_never_allows" "Sending passcodes lets nobody in.";
    GroupOverrides "group_overrides" "A group's status goes before its users' own.";
    DisabledDenied "disabled_denied" "Whoever is disabled is denied at once, without a push.";
    FraudTold "fraud_told" "A push that was reported as fraud ends as fraud.";
    LockedAfterTen "locked_after_ten" "Ten failures in a row lock a user out.";
    PushTimesOut "push_times_out" "A push that nobody answers ends as a timeout.";
    PollWaits "poll_waits" "A poll waits for the next change.";
    EndForgotten "end_forgotten" "A finished login is forgotten after two minutes.";
    EnrolCodeCompared "enrol_code_compared" "Another activation code than the user's is invalid.";
    EnrolCodeExpires "enrol_code_expires" "An activation code ends with its time.";
    ActivationSilences "activation_silences" "A new activation link ends what was activated before.";
    ParentPays "parent_pays" "A child's new credits are the parent's loss.";
    CreditsCovered "credits_covered" "Nobody can give more credits than they have.";
    EditionsNamed "editions_named" "Only Duo's paid editions can be set.";
    AccountDeleted "account_deleted" "A deleted account is gone.";
    Code40001 "code_40001" "A missing parameter is 40001.";
    Code40002 "code_40002" "A parameter that makes no sense is 40002.";
    Code40003 "code_40003" "What exists already is 40003.";
    Code40101 "code_40101" "No credentials are 40101.";
    Code40102 "code_40102" "An unknown key is 40102.";
    Code40103 "code_40103" "A wrong signature is 40103.";
    Code40104 "code_40104" "No date is 40104.";
    Code40105 "code_40105" "A date too far off is 40105.";
    Code40106 "code_40106" "A body of an unknown type is 40106.";
    Code40301 "code_40301" "What a key may not do is 40301.";
    Code40401 "code_40401" "What does not exist is 40401.";
    Code40501 "code_40501" "A path with another verb is 40501.";
    Code42901 "code_42901" "One call too many is 42901.";
    Code50001 "code_50001" "One object too many is 50001.";
}

/// Whether this rule is broken, which nothing is outside of trials.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn broken(_: Rule) -> bool {
    false
}

#[cfg(feature = "mutations")]
pub(crate) use trial::broken;
#[cfg(feature = "mutations")]
pub use trial::{break_rule, broken_rule, rules};

#[cfg(feature = "mutations")]
mod trial {
    use std::sync::OnceLock;

    use super::{ALL, Rule};

    static BROKEN: OnceLock<Rule> = OnceLock::new();

    /// Whether this rule is the one that was broken at the start.
    pub(crate) fn broken(rule: Rule) -> bool {
        BROKEN.get() == Some(&rule)
    }

    /// Breaks the rule of this name until the process ends; false if there is none, or one is broken already.
    pub fn break_rule(name: &str) -> bool {
        ALL.iter().find(|(_, word, _)| *word == name).is_some_and(|(rule, ..)| BROKEN.set(*rule).is_ok())
    }

    /// The name of the rule that was broken, if any was.
    pub fn broken_rule() -> Option<&'static str> {
        ALL.iter().find(|(rule, ..)| broken(*rule)).map(|(_, word, _)| *word)
    }

    /// Every rule's name and what it says.
    pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
        ALL.iter().map(|(_, word, says)| (*word, *says))
    }
}
