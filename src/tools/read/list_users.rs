//! `list_users`: who is there, narrowed, a page at a time.

use std::time::Duration;

use duo_api::EndpointId;
use duo_api::model::User;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::user_filter::{Sort, StatusFilter, UserFilter, sort};
use crate::domain::card::{Card, Toolset};
use crate::tools::arguments::{Limit, Name};
use crate::tools::declare::{Answer, Read};
use crate::tools::duo::Duo;
use crate::tools::endpoint::users::UsersList;
use crate::tools::error::ToolError;
use crate::tools::records::{UserField, UserRow};

/// Duo's largest page of users.
const DUO_PAGE: u32 = 300;
/// A page of rows ends before it grows beyond this many bytes: about 7,000 tokens.
const ROOM: usize = 28_000;
/// A walk over many pages stops when less than this is left of the call's time.
const RESERVE: Duration = Duration::from_secs(5);

/// Lists the people in Duo. Narrow by exact username, alias or e-mail, or by status, group, factors or inactivity. Go on with next_cursor.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// Connection or child account, by name or id; may be left out when there is one connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
    /// Exact username or alias, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub username: Option<Name>,
    /// Exact alias, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub alias: Option<Name>,
    /// Exact e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub email: Option<Name>,
    /// Only people with this status, their own or by a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "StatusFilter")]
    pub status: Option<StatusFilter>,
    /// Only members of this group, by name or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub group: Option<Name>,
    /// true: only people with any phone, token or security key; false: only those with none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub has_mfa: Option<bool>,
    /// Only people who have, or have not, enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub enrolled: Option<bool>,
    /// Only people who have not logged in for this many days: 1 to 3650.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Limit<60, 3650>")]
    pub inactive_days: Option<Limit<60, 3650>>,
    /// Order; left out, as Duo gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Sort")]
    pub sort: Option<Sort>,
    /// Columns to add to the usual ones.
    #[serde(default)]
    pub fields: Vec<UserField>,
    /// How many people to return: 1 to 100.
    #[serde(default)]
    pub limit: Limit<25, 100>,
    /// Where to go on, as given by next_cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cursor: Option<String>,
}

/// A page of users.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserPage {
    /// How many people this page holds.
    pub returned: usize,
    /// How many there are in all, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub total: Option<u64>,
    /// Whether there are more.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub next_cursor: Option<String>,
    /// The people.
    pub users: Vec<UserRow>,
}

impl Answer for UserPage {
    fn summary(&self) -> String {
        let total = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
        let more = if self.truncated { "; go on with next_cursor" } else { "" };
        format!("{}{total} users{more}.", self.returned)
    }
}

/// How many bytes it takes in an answer, without making them.
fn size_of(row: &UserRow) -> usize {
    struct Counted(usize);

    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, row).map_or(0, |()| counted.0)
}

impl Read for ListUsers {
    const CARD: Card = Card::read("list_users", "List users", Toolset::Users).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("users_list")];
    type Output = UserPage;

    async fn run(self, duo: Duo) -> Result<UserPage, ToolError> {
        let position = match self.cursor.as_deref() {
            None => 0,
            Some(text) => {
                text.parse().map_err(|_| ToolError::Arguments("the cursor is not one of list_users".into()))?
            }
        };
        if self.username.is_some() || self.email.is_some() {
            return self.named(&duo, position).await;
        }
        let filter = self.filter(&duo);
        match self.sort {
            Some(by) => self.sorted(&duo, &filter, by, position).await,
            None if filter.is_open() => self.plain(&duo, position).await,
            None => self.walk(&duo, &filter, position).await,
        }
    }
}

impl ListUsers {
    fn filter(&self, duo: &Duo) -> UserFilter {
        let day = 86_400;
        UserFilter {
            status: self.status,
            group: self.group.as_ref().map(|name| name.as_str().to_lowercase()),
            alias: self.alias.as_ref().map(|name| name.as_str().to_lowercase()),
            has_mfa: self.has_mfa,
            enrolled: self.enrolled,
            inactive_since: self.inactive_days.map(|days| duo.now().plus_seconds(-day * i64::from(days.0))),
        }
    }

    /// The users of an exact name or address: one request.
    async fn named(&self, duo: &Duo, position: u64) -> Result<UserPage, ToolError> {
        let username = self.username.as_ref().map(|name| duo.defaults().username(name.as_str()));
        let email = self.email.as_ref().map(|email| email.as_str().to_owned());
        // Duo takes one of the two; the other is applied here.
        let ask = match &username {
            Some(_) => UsersList { username, ..UsersList::default() },
            None => UsersList { email: email.clone(), ..UsersList::default() },
        };
        let filter = self.filter(duo);
        let mut users = duo.call(&ask).await?;
        users.retain(|user| {
            let has_address =
                |email: &String| user.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email));
            filter.passes(user) && email.as_ref().is_none_or(has_address)
        });
        let total = users.len() as u64;
        let rest = (1..).zip(users).skip(usize::try_from(position).unwrap_or(usize::MAX));
        Ok(self.page(rest.map(|(after, user)| (user, after)), None, |_| Some(total)))
    }

    /// A page as Duo has it: one request of exactly that size.
    async fn plain(&self, duo: &Duo, position: u64) -> Result<UserPage, ToolError> {
        let ask = UsersList { limit: Some(self.limit.0), offset: Some(position), ..UsersList::default() };
        let listed = duo.list(&ask).await?;
        let total = listed.total;
        let rows = (position + 1..).zip(listed.rows).map(|(after, user)| (user, after));
        Ok(self.page(rows, listed.next, |_| total))
    }

    /// Walks Duo's pages until enough users pass, the list ends, or the time runs short.
    async fn walk(&self, duo: &Duo, filter: &UserFilter, position: u64) -> Result<UserPage, ToolError> {
        let mut found = Vec::new();
        let mut next = Some(position);
        while let Some(offset) = next {
            if found.len() > self.limit.0 as usize || (offset > position && duo.is_short_of(RESERVE)) {
                break;
            }
            let ask = UsersList { limit: Some(DUO_PAGE), offset: Some(offset), ..UsersList::default() };
            let listed = duo.list(&ask).await?;
            found.extend(
                (offset + 1..)
                    .zip(listed.rows)
                    .filter(|(_, user)| filter.passes(user))
                    .map(|(after, user)| (user, after)),
            );
            next = listed.next;
        }
        let from_the_start = position == 0;
        Ok(self.page(found, next, |whole| whole.filter(|_| from_the_start)))
    }

    /// Sorts the whole list, which has to fit into the call's time.
    async fn sorted(&self, duo: &Duo, filter: &UserFilter, by: Sort, position: u64) -> Result<UserPage, ToolError> {
        let mut users: Vec<User> = Vec::new();
        let mut next = Some(0);
        while let Some(offset) = next {
            if duo.is_short_of(RESERVE) {
                return Err(ToolError::OutOfTime);
            }
            let ask = UsersList { limit: Some(DUO_PAGE), offset: Some(offset), ..UsersList::default() };
            let listed = duo.list(&ask).await?;
            users.extend(listed.rows.into_iter().filter(|user| filter.passes(user)));
            next = listed.next;
        }
        sort(&mut users, by);
        let total = users.len() as u64;
        let rest = (position + 1..).zip(users.into_iter().skip(usize::try_from(position).unwrap_or(usize::MAX)));
        Ok(self.page(rest.map(|(after, user)| (user, after)), None, |_| Some(total)))
    }

    /// Cuts rows to the limit and to the room there is. Each row comes with the position after it; `next` is where
    /// Duo's list goes on behind the last of them. `total` is given the count when nothing was left out.
    fn page(
        &self,
        rows: impl IntoIterator<Item = (User, u64)>,
        next: Option<u64>,
        total: impl Fn(Option<u64>) -> Option<u64>,
    ) -> UserPage {
        let mut users = Vec::new();
        let (mut room, mut last, mut cut) = (ROOM, 0, false);
        for (user, after) in rows {
            let row = UserRow::of(&user, &self.fields);
            let size = size_of(&row);
            if users.len() == self.limit.0 as usize || (size > room && !users.is_empty()) {
                cut = true;
                break;
            }
            room = room.saturating_sub(size);
            last = after;
            users.push(row);
        }
        let whole = (!cut && next.is_none()).then_some(users.len() as u64);
        let next_cursor = if cut { Some(last) } else { next };
        UserPage {
            returned: users.len(),
            total: total(whole),
            truncated: next_cursor.is_some(),
            next_cursor: next_cursor.map(|position| position.to_string()),
            users,
        }
    }
}
