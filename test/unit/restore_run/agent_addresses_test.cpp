#include "restore_run/agent_addresses.hpp"

#include "base/yaml.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using restore_run::with_controller_addresses;

TEST_CASE("hosts are replaced, ports are kept, and what is left over is dropped") {
  struct Case {
    const char* lists;
    std::vector<std::string> addresses;
    const char* expected;
  };
  for (const Case& c : {
           Case{"stateaddresses:\n- 10.0.0.1:37017\napiaddresses:\n- 10.0.0.1:17070\n- 1.2.3.4:17071\n- 10.0.0.3:17070\n",
                {"10.9.9.9", "9.9.9.9"},
                "stateaddresses:\n- 10.9.9.9:37017\napiaddresses:\n- 10.9.9.9:17070\n- 9.9.9.9:17071\n"},
           {"apiaddresses:\n- 10.0.0.1:17070\n- 10.0.0.2:17070\n", {"10.9.9.9"}, "apiaddresses:\n- 10.9.9.9:17070\n"},
           {"apiaddresses:\n- '[2001:db8::1]:17070'\n", {"2001:db8::9"}, "apiaddresses:\n- '[2001:db8::9]:17070'\n"},
           {"apiaddresses:\n- 10.0.0.1:17070\n", {"2001:db8::9", "x"}, "apiaddresses:\n- '[2001:db8::9]:17070'\n"},
           {"apiaddresses:\n- 2001:db8::1\n- old\n", {"2001:db8::9", "new.example"}, "apiaddresses:\n- 2001:db8::9\n- new.example\n"},
           {"apiaddresses: []\nstateaddresses:\n", {"10.9.9.9"}, "apiaddresses: []\nstateaddresses:\n"},
           {"tag: unit-a-0\n", {"10.9.9.9"}, "tag: unit-a-0\n"},
       }) {
    const std::string head = "# format 2.0\n";
    const std::string made = with_controller_addresses(head + c.lists, c.addresses);
    CHECK(made.starts_with(head));
    CHECK_MESSAGE(write_yaml(parse_yaml(made)) == write_yaml(parse_yaml(c.expected)), made);
    CHECK(with_controller_addresses(made, c.addresses) == made);
  }
}

TEST_CASE("everything else stays what it was") {
  const std::string conf =
      "# format 2.0\ntag: unit-mysql-0\napipassword: \"0123\"\noldpassword: 'yes'\napiaddresses:\n- 10.0.0.1:17070\ncacert: |\n"
      "  -----BEGIN CERTIFICATE-----\n  AAAA\n  -----END CERTIFICATE-----\nvalues:\n  CONTAINER_TYPE: \"\"\n  A: b\napiport: 17070\n";
  const Value before = parse_yaml(conf);
  const Value after = parse_yaml(with_controller_addresses(conf, {"10.9.9.9"}));
  REQUIRE(before.object()->size() == after.object()->size());
  for (std::size_t i = 0; i < before.object()->size(); ++i) {
    const auto& [key, value] = (*before.object())[i];
    CHECK((*after.object())[i].first == key);
    if (key != "apiaddresses") CHECK(write_json((*after.object())[i].second) == write_json(value));
  }
  CHECK(*(*after.find("apiaddresses")->array())[0].string() == "10.9.9.9:17070");
}

TEST_CASE("what is no agent.conf is refused, and not quoted") {
  for (const char* conf : {"", "tag: secret\n", "# format 1.18\ntag: secret\n", "# format 2.0\n- secret\n", "# format 2.0\nx: [secret\n",
                           "# format 2.0\napiaddresses: secret\n", "# format 2.0\napiaddresses:\n- secret: 1\n"}) {
    const auto error = test::error_of([&] { with_controller_addresses(conf, {"10.9.9.9"}); });
    REQUIRE_MESSAGE(error, conf);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()).find("secret") == std::string::npos);
  }
  CHECK(test::error_of([&] { with_controller_addresses("# format 2.0\n", {}); }));
}
