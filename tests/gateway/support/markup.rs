//! A page's HTML, and whether it ties each mistake to its field.

/// An element: its own attributes, all text within it, and the elements around it.
struct Element {
    tag: String,
    attributes: Vec<(String, String)>,
    text: String,
    around: Vec<usize>,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split_whitespace()
    }

    fn is_wrong(&self) -> bool {
        self.get("aria-invalid") == Some("true")
    }

    /// Whether it can be said of it that it is invalid.
    fn is_field(&self) -> bool {
        let takes_text = match self.get("type").unwrap_or("text") {
            "hidden" | "radio" | "submit" => false,
            _ => self.tag == "input",
        };
        takes_text || ["select", "textarea"].contains(&self.tag.as_str()) || self.get("role") == Some("radiogroup")
    }
}

/// A page as the gateway writes it: every element is closed, every value is in double quotes.
pub(crate) struct Markup(Vec<Element>);

impl Markup {
    pub(crate) fn of(html: &str) -> Self {
        let (mut elements, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
        for part in html.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("no tag: <{part}"));
            if let Some(name) = tag.strip_prefix('/') {
                let last = open.pop().map(|at| elements[at].tag.as_str());
                assert_eq!(last, Some(name), "what is open is closed");
            } else if !tag.starts_with('!') {
                let element = element(tag, &open);
                let is_void = ["input", "meta", "link", "br"].contains(&element.tag.as_str());
                elements.push(element);
                open.extend((!is_void).then(|| elements.len() - 1));
            }
            for at in &open {
                elements[*at].text.push_str(&plain(text));
            }
        }
        assert!(open.is_empty(), "something is left open");
        Self(elements)
    }

    /// What of the page keeps a reader from finding what is wrong, a line each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.broken_references();
        for (at, element) in self.0.iter().enumerate() {
            let told = || format!("<{} {:?}>", element.tag, element.attributes);
            if element.get("class") == Some("problem") && !self.refer_to(element).any(|each| self.marks(each)) {
                faults.push(format!("no field is marked and described by {}", told()));
            }
            if element.is_wrong() && !element.is_field() {
                faults.push(format!("nothing that can be invalid: {}", told()));
            }
            let around = element.around.iter().copied().filter(|at| self.0[*at].tag == "fieldset");
            if element.is_wrong() && !around.chain([at]).any(|at| self.is_explained(at)) {
                faults.push(format!("marked, and nothing says why: {}", told()));
            }
            let closed = |at: &&usize| self.0[**at].tag == "details" && self.0[**at].get("open").is_none();
            if element.is_wrong() && element.around.iter().any(|at| closed(&at)) {
                faults.push(format!("marked, and out of sight: {}", told()));
            }
            if element.get("role") == Some("alert") && !self.is_hidden(at) && !self.leads_on(at) {
                faults.push(format!("leads to no field and belongs to no form: {}", told()));
            }
            if element.get("type") == Some("password") && element.get("value").is_some() {
                faults.push(format!("a secret comes back: {}", told()));
            }
        }
        let is_wrong =
            self.0.iter().any(|each| each.is_wrong() || each.get("role") == Some("alert") && !each.text.is_empty());
        let title = self.0.iter().find(|each| each.tag == "title").map_or("", |title| title.text.as_str());
        if is_wrong != title.starts_with("Error: ") {
            faults.push(format!("the title is {title:?}"));
        }
        faults
    }

    /// Ids that are there twice, and references that lead nowhere.
    fn broken_references(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for element in &self.0 {
            if let Some(id) = element.get("id")
                && self.0.iter().filter(|each| each.get("id") == Some(id)).count() > 1
            {
                faults.push(format!("twice there: {id}"));
            }
            let links = element.get("href").and_then(|link| link.strip_prefix('#'));
            let names = ["aria-describedby", "aria-labelledby", "for"].into_iter().flat_map(|name| element.words(name));
            for id in names.chain(links) {
                if self.by_id(id).is_none() {
                    faults.push(format!("not there: {id}"));
                }
            }
        }
        faults
    }

    fn by_id(&self, id: &str) -> Option<&Element> {
        self.0.iter().find(|each| each.get("id") == Some(id))
    }

    fn refer_to<'a>(&'a self, element: &'a Element) -> impl Iterator<Item = usize> + 'a {
        let id = element.get("id").unwrap_or("without an id");
        let refers = move |each: &Element| each.words("aria-describedby").any(|own| own == id);
        self.0.iter().enumerate().filter(move |(_, each)| refers(each)).map(|(at, _)| at)
    }

    /// Whether this is marked as wrong, or is a group with something marked in it.
    fn marks(&self, at: usize) -> bool {
        self.0[at].is_wrong()
            || self.0[at].tag == "fieldset" && self.0.iter().any(|each| each.is_wrong() && each.around.contains(&at))
    }

    fn is_explained(&self, at: usize) -> bool {
        let mut described = self.0[at].words("aria-describedby").filter_map(|id| self.by_id(id));
        described.any(|each| each.get("class") == Some("problem") && !each.text.trim().is_empty())
    }

    fn is_hidden(&self, at: usize) -> bool {
        self.0[at].get("hidden").is_some()
    }

    /// Whether an alert has a link to what is marked, or is what a form can be described by.
    fn leads_on(&self, at: usize) -> bool {
        let links = self.0.iter().filter(|each| each.around.contains(&at)).filter_map(|each| each.get("href"));
        let mut fields = links.filter_map(|link| link.strip_prefix('#'));
        let is_marked = |id: &str| {
            let found = self.0.iter().position(|each| each.get("id") == Some(id));
            found.is_some_and(|at| self.marks(at))
        };
        self.0[at].get("id") == Some("problem") || fields.any(is_marked)
    }

    /// What is said at the field of this id, of its group or of itself; nothing where it is not marked.
    fn said_at(&self, id: &str) -> String {
        let Some(at) = self.0.iter().position(|each| each.get("id") == Some(id)) else { return String::new() };
        let groups = self.0[at].around.iter().filter(|at| self.0[**at].tag == "fieldset");
        let described = groups.chain([&at]).flat_map(|at| self.0[*at].words("aria-describedby"));
        let problems = described.filter_map(|id| self.by_id(id)).filter(|each| each.get("class") == Some("problem"));
        if self.marks(at) { problems.map(|each| each.text.trim()).collect() } else { String::new() }
    }

    /// What the field of this id holds: its text, the value that is chosen, or that of a box that is ticked.
    fn value(&self, id: &str) -> String {
        let at = self.0.iter().position(|each| each.get("id") == Some(id)).unwrap_or_else(|| panic!("no field {id}"));
        let is_chosen = |each: &&Element| {
            each.around.contains(&at) && (each.get("selected").is_some() || each.get("checked").is_some())
        };
        let inside = self.0.iter().find(is_chosen);
        let field = inside.unwrap_or(&self.0[at]);
        let is_empty_box = field.get("type") == Some("checkbox") && field.get("checked").is_none();
        field.get("value").filter(|_| !is_empty_box).unwrap_or_default().to_owned()
    }
}

fn element(tag: &str, around: &[usize]) -> Element {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        let (own, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap_or_else(|| panic!("no end: {tag}")),
            None => ("", after),
        };
        assert!(!attributes.iter().any(|(known, _)| known == own), "twice {own}: {tag}");
        attributes.push((own.to_owned(), plain(value)));
        rest = after;
    }
    Element { tag: name.to_owned(), attributes, text: String::new(), around: around.to_vec() }
}

/// Without the five escapes that the pages have.
fn plain(text: &str) -> String {
    let escapes = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    escapes.into_iter().fold(text.to_owned(), |text, (escape, letter)| text.replace(escape, letter))
}

/// A page that tells of a mistake, held to all rules.
pub(crate) struct Mistaken<'a>(Markup, &'a str);

impl<'a> Mistaken<'a> {
    pub(crate) fn of(html: &'a str) -> Self {
        let page = Markup::of(html);
        assert_eq!(page.faults(), [""; 0], "{html}");
        Self(page, html)
    }

    /// That this is said at the field, and its value as it was typed.
    #[track_caller]
    pub(crate) fn at(self, id: &str, words: &str) -> Self {
        let said = self.0.said_at(id);
        assert!(said.contains(words), "{words:?} is not said at {id}, but {said:?}: {}", self.1);
        self
    }

    /// That this is said of a form as a whole, and the button of that form says it, too.
    #[track_caller]
    pub(crate) fn at_form(self, action: &str, words: &str) -> Self {
        let elements = &self.0.0;
        let form = elements.iter().position(|each| each.tag == "form" && each.get("action") == Some(action));
        let is_its = |each: &&Element| each.tag == "button" && each.words("aria-describedby").any(|id| id == "problem");
        let buttons: Vec<_> = elements.iter().filter(is_its).collect();
        assert_eq!(buttons.len(), 1, "one button is tied to it: {}", self.1);
        assert!(
            elements.iter().enumerate().any(|(at, each)| {
                each.tag == "form" && each.get("action") == Some(action) && buttons[0].around.contains(&at)
            }),
            "not that of {form:?} {action}: {}",
            self.1
        );
        self.at_page(words)
    }

    /// That this is said on the page, of something that is not there any more.
    #[track_caller]
    pub(crate) fn at_page(self, words: &str) -> Self {
        let said = self.0.by_id("problem").map_or("", |problem| problem.text.as_str());
        assert!(said.contains(words), "{words:?} is not said, but {said:?}: {}", self.1);
        self
    }

    /// That the field still holds this.
    #[track_caller]
    pub(crate) fn keeps(self, id: &str, value: &str) -> Self {
        assert_eq!(self.0.value(id), value, "{id}: {}", self.1);
        self
    }

    /// That this is nowhere on the page.
    #[track_caller]
    pub(crate) fn hides(self, secret: &str) -> Self {
        assert!(!secret.is_empty() && !self.1.contains(secret), "{secret} is shown again: {}", self.1);
        self
    }
}

#[test]
fn a_page_that_hides_a_mistake_is_found() {
    let page = |title: &str, body: &str| format!("<!doctype html><title>{title}</title><main>{body}</main>");
    let good = "<p role=\"alert\">Not <a href=\"#a\">done</a></p><details open><form action=\"/x\"><label for=\"a\">A</label>\
                <input id=\"a\" value=\"&#34;x&#34;\" aria-invalid=\"true\" aria-describedby=\"h w\"><p class=\"problem\" \
                id=\"w\">Why</p><p id=\"h\">Hint</p><select id=\"s\"><option value=\"1\">1</option><option value=\"2\" \
                selected>2</option></select><input type=\"checkbox\" id=\"c\" value=\"y\" checked><input type=\"checkbox\" id=\"d\" value=\"y\"></form></details>";
    Mistaken::of(&page("Error: x", good))
        .at("a", "Why")
        .keeps("a", "\"x\"")
        .keeps("s", "2")
        .keeps("c", "y")
        .keeps("d", "")
        .hides("secret");
    let group = "<fieldset id=\"g\" aria-describedby=\"w\"><p class=\"problem\" id=\"w\">Why</p><input id=\"a\" \
                 type=\"checkbox\" aria-invalid=\"true\"></fieldset>";
    Mistaken::of(&page("Error: x", group)).at("g", "Why").at("a", "Why");
    let form = "<p role=\"alert\" id=\"problem\">Why</p><form action=\"/x\"><button aria-describedby=\"problem\">Do</button></form>";
    Mistaken::of(&page("Error: x", form)).at_form("/x", "Why");
    assert_eq!(Markup::of(&page("x", "<p role=\"alert\" hidden></p>")).faults(), [""; 0]);
    for (from, to, fault) in [
        ("aria-describedby=\"h w\"", "aria-describedby=\"h\"", "no field is marked and described by"),
        ("aria-describedby=\"h w\"", "aria-describedby=\"h\"", "marked, and nothing says why"),
        (">Why<", "><", "marked, and nothing says why"),
        ("aria-invalid=\"true\" ", "", "no field is marked and described by"),
        ("id=\"w\"", "", "not there: w"),
        ("id=\"h\"", "id=\"w\"", "twice there: w"),
        ("for=\"a\"", "for=\"b\"", "not there: b"),
        ("#a", "#s", "leads to no field"),
        ("<details open>", "<details>", "out of sight"),
        ("<input id=\"a\"", "<input type=\"password\" id=\"a\"", "a secret comes back"),
        ("<input id=\"a\"", "<input type=\"radio\" id=\"a\"", "nothing that can be invalid"),
        ("Error: x", "x", "the title is"),
    ] {
        let faults = Markup::of(&page("Error: x", good).replace(from, to)).faults();
        assert!(faults.iter().any(|each| each.contains(fault)), "{from} → {to}: {faults:?}");
    }
    assert!(!Markup::of(&page("Error: x", "Fine")).faults().is_empty(), "an error that is none");
}
