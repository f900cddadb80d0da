"""Breaks each rule of the simulator once and looks whether a test notices.

    mutations.py              every rule; fails where none does, or where a test is red with nothing broken
    mutations.py RULE...      only these
    mutations.py --whole      every rule against every test, not only those that are known to notice (long)
    mutations.py --write      writes the table into docs/testing.md, which is otherwise compared with it

Each trial is a process of its own with a simulator of its own, which was built with the feature `mutations`.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

import bench

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent.parent / "docs/testing.md"
BEGIN, END = "<!-- mutations: written by tests/duo_clients/mutations.py -->\n", "<!-- mutations end -->\n"
SECONDS_FOR_A_TRIAL, SECONDS_FOR_A_TEST, SECONDS_FOR_ALL = 30, 10, 1200

AUTH, ADMIN, USERS, ACCOUNTS = (f"test_{name}.OverHttp." for name in ("auth", "admin", "users", "accounts"))
WIRE, PROXY, FAULTS, GUIDE = "test_wire.Signatures.", "test_wire.Proxy.", "test_wire.Faults.", "test_guide.Counting."

# The cheapest tests that must go red when a rule is broken.
NOTICED_BY = {
    "signature_compared": [AUTH + "test_wrong_secret_and_wrong_kind_of_key"],
    "parameters_sorted": [WIRE + "test_parameters_may_be_sent_in_any_order"],
    "body_covered": [WIRE + "test_a_body_is_what_was_signed"],
    "date_within_window": [FAULTS + "test_clocks_that_differ"],
    "key_known_at_host": [PROXY + "test_a_key_is_unknown_at_another_host"],
    "child_at_its_host": [PROXY + "test_a_child_at_its_own_host_only"],
    "kind_of_key": [AUTH + "test_wrong_secret_and_wrong_kind_of_key"],
    "grant_asked": [ADMIN + "test_a_key_that_may_only_read"],
    "billing_enabled": [ACCOUNTS + "test_what_is_forbidden"],
    "version_five_only": [ADMIN + "test_the_account_at_large"],
    "rate_limited": [FAULTS + "test_rates"],
    "username_unique": [USERS + "test_a_life"],
    "alias_unique": [USERS + "test_a_life"],
    "names_in_any_case": [USERS + "test_finding_somebody"],
    "group_name_unique": [ADMIN + "test_groups"],
    "phone_number_unique": [ADMIN + "test_phones"],
    "hundred_links": [USERS + "test_no_more_than_a_hundred_of_a_kind"],
    "hundred_codes": [USERS + "test_bypass_codes"],
    "deleted_past_trash": [USERS + "test_a_life"],
    "deletion_leaves_phone": [USERS + "test_deletion_leaves_the_phone"],
    "trash_fixes_status": [USERS + "test_the_trash"],
    "restored_disabled": [USERS + "test_the_trash"],
    "trash_emptied": [USERS + "test_the_trash"],
    "directory_keeps_users": [USERS + "test_the_trash"],
    "bulk_all_or_none": [USERS + "test_many_at_once"],
    "pages_end": [GUIDE + "test_every_size_of_page_finds_the_same_people"],
    "total_of_all": [USERS + "test_pages_say_where_they_are"],
    "limit_lowered": [USERS + "test_pages_say_where_they_are"],
    "hundred_by_default": [USERS + "test_pages_say_where_they_are"],
    "cursor_after_row": [ADMIN + "test_the_authentication_log"],
    "logs_held_back": [ADMIN + "test_the_authentication_log"],
    "changes_logged": [ADMIN + "test_changes_are_logged"],
    "codes_replaced": [USERS + "test_bypass_codes"],
    "ten_codes": [USERS + "test_bypass_codes"],
    "code_used_up": [AUTH + "test_passcodes"],
    "code_expires": [AUTH + "test_a_bypass_code_ends_with_its_time"],
    "wrong_passcode_denied": [AUTH + "test_passcodes"],
    "sms_never_allows": [AUTH + "test_passcodes"],
    "group_overrides": [AUTH + "test_preauth_tells_everybody_apart"],
    "disabled_denied": [AUTH + "test_whoever_is_disabled_is_denied_at_once"],
    "fraud_told": [AUTH + "test_a_push_is_followed_to_its_end"],
    "locked_after_ten": [AUTH + "test_timeout_failure_and_lockout"],
    "push_times_out": [AUTH + "test_timeout_failure_and_lockout"],
    "poll_waits": [AUTH + "test_a_push_is_followed_to_its_end"],
    "end_forgotten": [AUTH + "test_a_push_is_followed_to_its_end"],
    "enrol_code_compared": [AUTH + "test_enroll_and_its_status"],
    "enrol_code_expires": [AUTH + "test_an_enrolment_ends_with_its_time"],
    "activation_silences": [ADMIN + "test_what_is_sent_to_a_phone"],
    "parent_pays": [ACCOUNTS + "test_credits_come_from_the_parent_and_go_back"],
    "credits_covered": [ACCOUNTS + "test_credits_come_from_the_parent_and_go_back"],
    "editions_named": [ACCOUNTS + "test_editions"],
    "account_deleted": [ACCOUNTS + "test_children_are_listed_made_and_deleted"],
    "code_40001": [WIRE + "test_what_is_missing"],
    "code_40002": [ACCOUNTS + "test_credits_come_from_the_parent_and_go_back"],
    "code_40003": [USERS + "test_a_life"],
    "code_40101": [WIRE + "test_what_is_missing"],
    "code_40102": [AUTH + "test_ping_needs_no_key_and_check_does"],
    "code_40103": [AUTH + "test_wrong_secret_and_wrong_kind_of_key"],
    "code_40104": [WIRE + "test_what_is_missing"],
    "code_40105": [FAULTS + "test_clocks_that_differ"],
    "code_40106": [WIRE + "test_what_is_missing"],
    "code_40301": [ADMIN + "test_a_key_that_may_only_read"],
    "code_40401": [USERS + "test_finding_somebody"],
    "code_40501": [ADMIN + "test_unknown_paths_and_verbs"],
    "code_42901": [FAULTS + "test_rates"],
    "code_50001": [USERS + "test_bypass_codes"],
}


def fail(text):
    sys.exit(f"mutations: {text}")


def reason(text):
    """The line of a traceback that says what went wrong, which a comparison may follow."""
    return next(line for line in reversed(text.splitlines()) if re.match(r"\w[\w.]*: ", line))


def try_here(names):
    """Runs tests in this process and says, as JSON, how many there were and which went red."""
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE), "test_*.py")
    if loader.errors:
        fail("\n".join(loader.errors))
    # A simulator that does not start makes every test red, and proves nothing.
    if bench.facts()["trials"]["broken"] != (os.environ["DUO_SIMULATOR_BREAK"] or None):
        fail("the simulator has broken another rule than it was told to")
    result = unittest.TestResult()
    suite.run(result)
    red = [(test.id(), reason(text)) for test, text in result.failures + result.errors]
    print(json.dumps({"ran": result.testsRun, "red": red}))


def trial(rule, names):
    """Tries these tests with one rule broken, or with none."""
    environment = {**os.environ, "DUO_SIMULATOR_BREAK": rule or ""}
    patience = SECONDS_FOR_A_TRIAL + SECONDS_FOR_A_TEST * len(names) if names else SECONDS_FOR_ALL
    done = subprocess.run([sys.executable, __file__, "--trial", *names], env=environment, cwd=HERE, text=True,
                          capture_output=True, timeout=patience)
    if done.returncode:
        fail(f"the trial of {rule or 'no rule'} ended with {done.returncode}:\n{done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])
    if told["ran"] < max(len(names), 1):
        fail(f"the trial of {rule or 'no rule'} ran {told['ran']} of {len(names)} tests")
    return told["red"]


def short(test):
    """A test's name without the way in which it reaches the simulator."""
    module, _, name = test.split(".")
    return f"{module}: {name.removeprefix('test_').replace('_', ' ')}"


def table(rules):
    rows = [f"| {says} | `{rule}` | {', '.join(map(short, NOTICED_BY[rule]))} |\n" for rule, says in rules]
    return "".join(["| rule | broken as | noticed by |\n", "| --- | --- | --- |\n", *rows])


def hold_page(rules, write):
    page = PAGE.read_text()
    if BEGIN not in page or END not in page:
        fail(f"{PAGE.name} has no place for the table")
    before, rest = page.split(BEGIN)
    wanted = f"{before}{BEGIN}{table(rules)}{END}{rest.split(END)[1]}"
    if write:
        PAGE.write_text(wanted)
    elif page != wanted:
        fail(f"the table in docs/{PAGE.name} is not current: tests/duo_clients/run --mutations --write")


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag in ("--whole", "--write", "--trial"):
        reader.add_argument(flag, action="store_true")
    reader.add_argument("names", nargs="*")
    asked = reader.parse_args()
    if asked.trial:
        return try_here(asked.names)
    began, rules = time.monotonic(), bench.facts()["trials"]["rules"]
    says = dict(rules)
    if set(says) != set(NOTICED_BY):
        fail(f"the rules and the tests differ in {sorted(set(says) ^ set(NOTICED_BY))}")
    hold_page(rules, asked.write)
    chosen = asked.names or list(says)
    if unknown := set(chosen) - set(says):
        fail(f"no such rule: {', '.join(sorted(unknown))}")
    tests = sorted({test for rule in chosen for test in NOTICED_BY[rule]})
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        # In two parts, because the machine has at least two cores and the trials wait for neither.
        parts = [[]] if asked.whole else [part for part in (tests[::2], tests[1::2]) if part]
        unbroken = [pool.submit(trial, None, part) for part in parts]
        trials = {rule: pool.submit(trial, rule, [] if asked.whole else NOTICED_BY[rule]) for rule in chosen}
        red = [each for part in unbroken for each in part.result()]
        for test, text in red:
            print(f"red with nothing broken: {test}: {text}")
        survived = []
        for rule, tried in trials.items():
            noticed = tried.result()
            print(f"{rule:24} {'; '.join(f'{short(test)} ({text[:100]})' for test, text in noticed) or 'SURVIVED'}")
            if not noticed:
                survived.append(rule)
    print(f"mutations: {len(chosen) - len(survived)} of {len(chosen)} rules noticed, "
          f"{time.monotonic() - began:.0f} s")
    if red or survived:
        sys.exit(1)


if __name__ == "__main__":
    main()
