"""A plan in words, for people and for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from kairan.organizations import OrganizationKey

from kairan_provisioning.apply import Summary
from kairan_provisioning.declaration import Declaration
from kairan_provisioning.mistakes import Mistake
from kairan_provisioning.plan import Action, Change, OrganizationStep, PersonStep, Plan, posting_text
from kairan_provisioning.policy_lines import policy_label, policy_value
from kairan_provisioning.wire import Counts

NOTHING = "変更はありません / nothing to change"

_SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.RETIRE: "-"}

_FIELDS: Mapping[str, str] = {
    "name": "名前",
    "kana": "フリガナ",
    "opens_to": "公開先",
    "display_name": "表示名",
    "parent": "上位課",
    "position": "並び順",
    "postings": "所属",
    "locked": "停止",
}


def plan_lines(plan: Plan, declaration: Declaration, full: bool) -> Iterator[str]:
    """The plan, per organisation, with each change of its policy; `full` with each section, person and field."""
    if plan.nothing_to_change:
        yield NOTHING
        return
    steps = {step.declared.organization.key: step for step in plan.organizations}
    people: dict[OrganizationKey, list[PersonStep]] = {}
    for person in plan.people:
        people.setdefault(person.organization, []).append(person)
    for key, declared in declaration.organizations.items():
        step, concerned = steps.get(key), people.get(key, [])
        if step is None and not concerned and not plan.rooms.get(key):
            continue
        yield f"{key} {declared.organization.name}: {_summary(step, concerned, plan.rooms.get(key, Counts()))}"
        for change in step.changes if step else ():
            if policy_label(change.field):
                yield f"  {_SIGNS[Action.CHANGE]} {_arrow(change)}"
        if full:
            yield from _details(step, concerned)
    yield from _totals(plan)


def summary_lines(summary: Summary) -> Iterator[str]:
    """What an apply did: counts, rates per second, seconds."""
    people, rooms = summary.people, summary.rooms
    sent = people.created + people.changed + people.unchanged
    moved = rooms.rooms + rooms.joins + rooms.leaves
    yield f"団体 / organisations: {summary.organizations}"
    yield (
        f"職員 / people: 追加 created {people.created}、変更 changed {people.changed}、"
        f"うち退職 retired {summary.retired}、"
        f"同じ unchanged {people.unchanged}、{summary.people_s:.1f} 秒 s、毎秒 {_rate(sent, summary.people_s)} 人 /s"
    )
    yield (
        f"ルーム / rooms: 作成 made {rooms.rooms}、参加 joins {rooms.joins}、退出 leaves {rooms.leaves}、"
        f"{summary.rooms_s:.1f} 秒 s、毎秒 {_rate(moved, summary.rooms_s)} 件 /s"
    )
    yield f"完了しました（{summary.total_s:.1f} 秒）/ done in {summary.total_s:.1f} s"


def mistakes_to_json(mistakes: list[Mistake]) -> dict[str, Any]:
    """The mistakes for programs."""
    return {
        "mistakes": [
            {"path": m.path, "line": m.line, "column": m.column, "value": m.value, "message": m.message}
            for m in mistakes
        ]
    }


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan for programs."""
    return {
        "nothing_to_change": plan.nothing_to_change,
        "organizations": [
            {
                "organization": step.declared.organization.key,
                "name": step.declared.organization.name,
                "action": step.action.value if step.action else None,
                "changes": _changes_to_json(step.changes),
                "sections": [
                    {
                        "section": s.section.key,
                        "name": s.section.name,
                        "action": s.action.value,
                        "changes": _changes_to_json(s.changes),
                    }
                    for s in step.sections
                ],
            }
            for step in plan.organizations
        ],
        "people": [
            {
                "staff_number": step.person.localpart,
                "name": step.person.name,
                "organization": step.organization,
                "action": step.action.value,
                "changes": _changes_to_json(step.changes),
            }
            for step in plan.people
        ],
        "rooms": {
            key: {"rooms": counts.rooms, "joins": counts.joins, "leaves": counts.leaves}
            for key, counts in plan.rooms.items()
        },
        "retiring": plan.count(Action.RETIRE),
        "needs_retire_option": plan.needs_confirmation,
    }


def _summary(step: OrganizationStep | None, people: list[PersonStep], rooms: Counts) -> str:
    parts: list[str] = []
    if step and step.action is Action.ADD:
        parts.append("新しい団体 new")
    if step:
        policy = [change for change in step.changes if policy_label(change.field)]
        parts.extend(_arrow(change) for change in step.changes if change not in policy)
        parts.extend(_counted("規則 policy", [Action.CHANGE] * len(policy)))
        parts.extend(_counted("課 sections", [s.action for s in step.sections]))
    parts.extend(_counted("職員 people", [person.action for person in people]))
    return "、".join([*parts, *_room_parts(rooms)])


def _room_parts(rooms: Counts) -> list[str]:
    counts = (("ルーム rooms +", rooms.rooms), ("参加 joins ", rooms.joins), ("退出 leaves ", rooms.leaves))
    return [f"{label}{number}" for label, number in counts if number]


def _counted(label: str, actions: list[Action]) -> list[str]:
    counts = " ".join(f"{_SIGNS[action]}{actions.count(action)}" for action in Action if action in actions)
    return [f"{label} {counts}"] if counts else []


def _details(step: OrganizationStep | None, people: list[PersonStep]) -> Iterator[str]:
    for section in step.sections if step else ():
        changes = "、".join(map(_arrow, section.changes))
        yield f"  {_SIGNS[section.action]} {section.section.key} {section.section.name} {changes}".rstrip()
    for person in people:
        yield f"  {_SIGNS[person.action]} {person.person.localpart} {person.person.name} {_of_person(person)}".rstrip()


def _of_person(step: PersonStep) -> str:
    if step.action is Action.ADD:
        return "、".join(posting_text(posting) for posting in step.person.postings)
    return "、".join(map(_arrow, step.changes))


def _totals(plan: Plan) -> Iterator[str]:
    people = " ".join(f"{_SIGNS[action]}{plan.count(action)}" for action in Action)
    yield "合計 / total: " + "、".join([f"職員 people {people}", *_room_parts(sum(plan.rooms.values(), Counts()))])
    if plan.needs_confirmation:
        yield (
            f"退職が多いため、apply には --retire {plan.count(Action.RETIRE)} が要ります / "
            "so many retire that apply needs that option"
        )


def _arrow(change: Change) -> str:
    label = policy_label(change.field)
    if label is not None:
        return f"{label}: {policy_value(change.field, change.old)} → {policy_value(change.field, change.new)}"
    return f"{_FIELDS[change.field]} {change.old or '（なし）'} → {change.new or '（なし）'}"


def _changes_to_json(changes: tuple[Change, ...]) -> list[dict[str, str]]:
    return [{"field": change.field, "old": change.old, "new": change.new} for change in changes]


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:.0f}" if seconds > 0 else "-"
