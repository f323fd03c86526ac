#include "restore_run/agent_conf_edit.hpp"

#include "base/yaml.hpp"
#include "run_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::restore_run::AgentConfEdit;
using jujubackup::restore_run::edit_agent_conf;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("only the lines of what is named change in agent.conf") {
  const std::string text = test::agent_conf_text({});
  CHECK(edit_agent_conf(text, {}) == text);
  CHECK(edit_agent_conf(text, {{"10.9.8.7:17070"}, "2.9.50"}) == text);
  CHECK(edit_agent_conf(text, {{"1.2.3.4:17070", "5.6.7.8:17070"}, ""}) ==
        replaced(text, "apiaddresses:\n- 10.9.8.7:17070\n", "apiaddresses:\n- 1.2.3.4:17070\n- 5.6.7.8:17070\n"));
  CHECK(edit_agent_conf(text, {{}, "3.1.0.2"}) == replaced(text, "upgradedToVersion: 2.9.50\n", "upgradedToVersion: 3.1.0.2\n"));
  // The same again changes nothing.
  const AgentConfEdit edit{{"[fe80::1]:17070"}, "2.9.51"};
  const std::string once = edit_agent_conf(text, edit);
  CHECK(edit_agent_conf(once, edit) == once);
  CHECK(*jujubackup::parse_yaml(once).find("apiaddresses")->array()->at(0).string() == "[fe80::1]:17070");
}

TEST_CASE("agent.conf in forms that Juju does not write") {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      // Missing keys, with and without a newline at the end.
      {"# format 2.0\ntag: machine-0\n", "# format 2.0\ntag: machine-0\napiaddresses:\n- a:1\nupgradedToVersion: 2.9.9\n"},
      {"# format 2.0\ntag: machine-0", "# format 2.0\ntag: machine-0\napiaddresses:\n- a:1\nupgradedToVersion: 2.9.9\n"},
      // Indented, flow and empty lists; a comment stays.
      {"# format 2.0\napiaddresses:\n  - b:1\n  - c:1\n# here\nupgradedToVersion: \"1.2.3\"\nx: y\n",
       "# format 2.0\napiaddresses:\n- a:1\n# here\nupgradedToVersion: 2.9.9\nx: y\n"},
      {"# format 2.0\napiaddresses: [b, c]\nx: y\n", "# format 2.0\napiaddresses:\n- a:1\nx: y\nupgradedToVersion: 2.9.9\n"},
      {"# format 2.0\napiaddresses: []\nx: y\n", "# format 2.0\napiaddresses:\n- a:1\nx: y\nupgradedToVersion: 2.9.9\n"},
      // What looks like the key and is none.
      {"# format 2.0\nk: |\n  apiaddresses:\n  - b\nupgradedToVersion:\n",
       "# format 2.0\nk: |\n  apiaddresses:\n  - b\n"
       "upgradedToVersion: 2.9.9\napiaddresses:\n- a:1\n"},
      // Not by lines: all of it anew.
      {"# format 2.0\n{tag: machine-0, apiaddresses: [b]}\n",
       "# format 2.0\ntag: machine-0\napiaddresses:\n- a:1\nupgradedToVersion: 2.9.9\n"},
      {"# format 2.0\n\"apiaddresses\": [b]\n", "# format 2.0\napiaddresses:\n- a:1\nupgradedToVersion: 2.9.9\n"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    CHECK(edit_agent_conf(each.text, {{"a:1"}, "2.9.9"}) == each.expected);
  }
}

TEST_CASE("what is no agent.conf is not changed, and not quoted") {
  for (const char* text : {"", "tag: hush\n", "# format 1.18\ntag: hush\n", "# format 2.0\n- hush\n", "# format 2.0\na: hush\na: hush\n"}) {
    const auto error = test::error_of([&] { edit_agent_conf(text, {{"a:1"}, ""}); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()).find("hush") == std::string::npos);
  }
}
