"""poet completion: the script that lets a shell complete poet's commands, options and names."""

from __future__ import annotations

import click

from poet.cli.options import examples

SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog=examples(
        "poet completion bash > ~/.local/share/bash-completion/completions/poet",
        "poet completion zsh > ~/.zfunc/_poet",
        "poet completion fish > ~/.config/fish/completions/poet.fish",
    )
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script for SHELL (bash, zsh or fish) that completes what is typed after poet.

    It offers commands, options, forms, models, texts, runs and authors. A new shell loads it from
    the files below; docs/habits.md says how zsh finds its own.
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    assert complete
    script = complete(ctx.find_root().command, {}, "poet", "_POET_COMPLETE").source()
    # click's script for fish would cut an item at its second comma: tones,pinyin
    click.echo(script.replace('string split "," ', 'string split --max 1 "," '), nl=False)
