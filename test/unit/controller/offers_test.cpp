#include "controller/offers.hpp"

#include "test_support.hpp"

using jujubackup::JujuVersion;
using jujubackup::Offers;
using jujubackup::Wanted;

namespace {

std::string text_of_offers(const Offers& offers) {
  std::string text;
  const auto add = [&text](bool is_there, const char* name) {
    if (is_there) text += (text.empty() ? "" : " ") + std::string(name);
  };
  add(offers.create, "create");
  add(offers.keep_copy, "keep-copy");
  add(offers.always_keeps, "always-keeps");
  add(offers.stored, "stored");
  add(offers.remove, "remove");
  add(offers.remove_many, "remove-many");
  add(offers.upload, "upload");
  add(offers.one_shot, "one-shot");
  add(offers.restore, "restore");
  return text;
}

}  // namespace

TEST_CASE("what each release offers") {
  const char* const keeps_all = "create always-keeps stored remove upload restore";
  const char* const keeps_on_request = "create keep-copy stored remove remove-many upload one-shot restore";
  const char* const keeps_none = "create one-shot";
  struct Case {
    const char* version;
    std::vector<int> facades;
    int chosen;
    const char* offers;
  };
  const Case cases[] = {
      {"1.25.13", {0}, 0, ""},
      {"2.0.0", {}, 0, ""},
      {"2.0.0", {1}, 1, keeps_all},
      {"2.3.9", {1}, 1, keeps_all},
      {"2.4.0", {1, 2}, 2, keeps_on_request},
      {"2.9.21", {1, 2}, 2, keeps_on_request},
      {"2.9.21", {2, 1}, 2, keeps_on_request},
      // Version 2 with 2.9.22 has another meaning.
      {"2.9.22", {1, 2}, 2, keeps_none},
      {"2.9.31", {1, 2}, 2, keeps_none},
      {"2.9.32", {1, 2, 3}, 3, keeps_none},
      {"2.9.52", {1, 2, 3}, 3, keeps_none},
      {"3.0-beta1", {3}, 3, keeps_none},
      {"3.6.28", {3}, 3, keeps_none},
      {"4.0-beta1", {3}, 3, ""},
      {"4.0.15", {3}, 3, ""},
      // An embedded server that offers every version, so that every client connects.
      {"2.0.0", {1, 2, 3}, 1, keeps_all},
      {"2.9.21", {1, 2, 3}, 2, keeps_on_request},
      {"3.6.4", {1, 2, 3}, 3, keeps_none},
      // What no release is known to do.
      {"2.9.21", {1}, 1, "create always-keeps stored upload restore"},
      {"2.9.21", {3}, 3, keeps_none},
      {"2.3.0", {2}, 2, keeps_on_request},
      {"2.9.40", {1}, 1, keeps_none},
      {"3.6.4", {4, 5}, 0, ""},
      {"3.6.4", {3, 4}, 3, keeps_none},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version);
    CAPTURE(c.facades.size());
    const JujuVersion version = JujuVersion::parse(c.version);
    CHECK(jujubackup::choose_backups_version(version, c.facades) == c.chosen);
    CHECK(text_of_offers(jujubackup::offers_of(version, c.facades)) == c.offers);
  }
}

TEST_CASE("what is missing is told with what there is instead") {
  jujubackup::ControllerInfo info;
  info.version = JujuVersion::parse("3.6.4");
  const auto text = [&info](Wanted wanted) {
    const jujubackup::Error error = jujubackup::lacks(wanted, info);
    CHECK(error.code() == jujubackup::ErrorCode::unsupported);
    return std::string(error.what());
  };
  CHECK(text(Wanted::list).find("no model was named") != std::string::npos);
  info.model_uuid = "m";
  CHECK(text(Wanted::list).find("no Backups facade") != std::string::npos);
  info.backups_facade = {3};
  CHECK(text(Wanted::list).find("Juju 3.6.4 keeps no list of backups: look into the controller model's backup-dir") == 0);
  CHECK(text(Wanted::show).find("metadata.json") != std::string::npos);
  CHECK(text(Wanted::upload).find("juju scp") != std::string::npos);
  CHECK(text(Wanted::remove).find("rm PATH") != std::string::npos);
  CHECK(text(Wanted::keep_copy).find("backup-dir") != std::string::npos);
  info.version = JujuVersion::parse("4.0.1");
  CHECK(text(Wanted::create).find("Dqlite-based backups not implemented") != std::string::npos);
  info.version = JujuVersion::parse("2.9.10");
  info.backups_facade = {1};
  CHECK(text(Wanted::remove).find("version 2 of the Backups facade") != std::string::npos);
}
