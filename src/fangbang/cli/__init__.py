"""The command `fangbang`: one verb family per file of this package, loaded only when it is called.

How to add a family: write `cli/<family>.py` with a click group or command called `<family>`, and one line in
`FAMILIES`. Import Django, Polars and other heavy parts inside the verbs, never at the top of the file. A verb takes
the `Session` by `@click.pass_obj`, raises `FangbangError` for every expected failure (the edge turns it into a text in
the user's language and an exit code) and prints through `session.say` and `session.result`.

Help texts carry both languages in one string, "中文 / English", in each paragraph and in each option; the user sees
their own. Paragraphs without " / " (examples, after a `\\b` line) are shown to everyone. A verb that changes something
that matters is dry without `--yes`.
"""

from importlib import import_module
from importlib.util import find_spec

import click
from click.exceptions import NoArgsIsHelpError

from fangbang import __version__
from fangbang.cli.edge import LANGUAGES, Session, database_problem, fail
from fangbang.cli.localise import SpokenContext, language_of, localised, picked
from fangbang.cli.usage import fail_usage, session_of
from fangbang.core.errors import FangbangError, Kind, Problem

NOT_INSTALLED = Problem(
    "cli.not-installed",
    Kind.UNAVAILABLE,
    zh="命令 {family} 不在本安装中",
    en="The command {family} is not part of this installation",
)

FAMILIES: dict[str, str] = {
    "demo": "在本机演示一次完整的放榜 / Rehearse a whole release on this machine",
    "init": "建立数据目录与数据库 / Make the data folder and its databases",
    "operator": "工作人员与签名密钥 / Operators and their signing keys",
    "exams": "考试目录 / The catalogue of examinations",
    "sitting": "考试场次 / Sittings: one examination in one year",
    "intake": "接收报名与成绩文件 / Take in registrations and marks",
    "people": "考生身份：多个证件、改名、合并 / Who is who: several documents, changed names, merges",
    "lines": "合格标准 / Pass lines",
    "adjudicate": "判定全部考生的结果 / Decide the results of a whole sitting",
    "release": "冻结、批准、封存、放榜 / Freeze, approve, seal and publish",
    "statistics": "已公布成绩的统计 / Statistics of what was published",
    "office": "工作人员使用的网页 / The web application for staff",
    "keeper": "保管发布密钥直至放榜时刻 / Hold the release keys until the hour",
    "lookup": "面向公众的成绩查询 / Serve the public score query",
    "pages": "公开页面的文字与公告 / Texts and notices of the public pages",
    "notices": "公告与考试机构信息的审批 / Approve notices and whom to ask",
    "verify": "验证公开的数据，不信任任何人 / Verify what was published, trusting nobody",
    "audit": "审计记录 / The audit trail",
    "backup": "备份与恢复 / Backups, and restoring them",
    "retention": "数据保管期限 / How long data are kept",
    "simulate": "合成考生与阅卷中心 / Synthetic candidates and marking centres",
}
"""Family → what its line in `fangbang --help` says. The command itself is `fangbang.cli.<family>:<family>`."""

EXAMPLES = """\b
  fangbang init
  fangbang sitting open social-worker 2026
  fangbang release freeze social-worker-2026
  fangbang verify snapshot public/snapshots/…
"""


class Root(click.Group):
    """The top of the command line: knows its families by name, imports only the one that is called."""

    context_class = SpokenContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [family for family in FAMILIES if find_spec(f"{__name__}.{family}") is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in FAMILIES:
            return None
        if find_spec(f"{__name__}.{cmd_name}") is None:
            raise FangbangError(NOT_INSTALLED, family=cmd_name)
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return localised(command, language_of(ctx))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the families from the table: help must not import them."""
        rows = [(family, picked(FAMILIES[family], language_of(ctx))) for family in self.list_commands(ctx)]
        if not rows:
            return
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(picked(self.help or "", language_of(ctx)))

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return localised(click.Command(None, params=super().get_params(ctx)), language_of(ctx)).params

    def invoke(self, ctx: click.Context) -> object:
        """The one edge of the command line: expected failures become a text and an exit code."""
        session = ctx.ensure_object(Session)
        session.language, session.json = language_of(ctx), ctx.params["as_json"]
        try:
            return super().invoke(ctx)
        except FangbangError as error:
            fail(error, session)
        except NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            fail_usage(error, ctx, session)
        except Exception as error:
            if (known := database_problem(error)) is None:
                raise
            fail(known, session)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        before = list(args)
        try:
            return super().parse_args(ctx, args)
        except NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            fail_usage(error, ctx, session_of(ctx, before))


@click.group(
    cls=Root,
    help=f"放榜：到点之前谁也看不到，到点之后谁也改不了。 / Publishes examination results: sealed before the hour, "
    f"provable after it.\n\n{EXAMPLES}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--lang", type=click.Choice(LANGUAGES), is_eager=True, help="语言 / Language of texts (FANGBANG_LANG).")
@click.option("--json", "as_json", is_flag=True, help="结果与错误输出为 JSON / Results and errors as JSON objects.")
@click.version_option(__version__, message="fangbang %(version)s")
def main(lang: str | None, as_json: bool) -> None:
    """Nothing of its own to do: `Root.invoke` has put both options into the session."""
