"""The page of docs/generated that says which role and which membership gives which grants."""

from core.generated import HEAD, page
from marketplace.accounts import grants as operations
from marketplace.accounts.roles import ROLES
from marketplace.vendors import grants as members


@page("roles.md")
def roles() -> str:
    """Standard roles and grants as a table; then what a member may be granted."""
    names = list(ROLES.values())
    lines = [
        HEAD,
        "# Roles\n",
        "The standard roles, as they are laid out at first; super admins edit them. Each grant is a line, each role a column.\n",
        "| grant | what it lets them do | " + " | ".join(each.label for each in names) + " |",
        "| --- | --- |" + " :-: |" * len(names),
    ]
    for grant in operations.GRANTS.values():
        ticks = " | ".join("yes" if grant.name in each.grants else "" for each in names)
        lines.append(f"| `{grant.name}` | {grant.description} | {ticks} |")
    lines += [
        "\n## Members of a vendor\n",
        "An owner has every grant, and is the only one who makes another owner or removes one.\n",
        "| grant | what it lets them do |",
        "| --- | --- |",
        *(f"| `{each.name}` | {each.description} |" for each in members.GRANTS.values()),
    ]
    return "\n".join(lines) + "\n"
