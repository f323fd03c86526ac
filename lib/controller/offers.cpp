#include "controller/offers.hpp"

#include <algorithm>

namespace jujubackup {
namespace {

// Facade 2 came with 2.4.
bool is_before_2_4(const JujuVersion& server) { return server < JujuVersion{2, 4, "", 0, 0}; }
// With 2.9.22 all that works on stored backups went, while the facade kept its versions.
bool is_before_2_9_22(const JujuVersion& server) { return server < JujuVersion{2, 9, "", 22, 0}; }

// 4.0 went over to Dqlite. The facade is still offered, but its one method always fails.
bool has_no_backups(const JujuVersion& server) { return server.major >= 4; }

bool stores(const JujuVersion& server, int facade) { return facade < 3 && is_before_2_9_22(server); }

}  // namespace

int choose_backups_version(const JujuVersion& server, std::span<const int> facade_versions) {
  int newest = 3;
  if (is_before_2_9_22(server)) newest = is_before_2_4(server) ? 1 : 2;
  int below = 0;
  int above = 0;
  for (const int version : facade_versions) {
    if (version < 1 || version > 3) continue;
    if (version <= newest) below = std::max(below, version);
    if (version > newest) above = above == 0 ? version : std::min(above, version);
  }
  return below != 0 ? below : above;
}

Offers offers_of(const JujuVersion& server, std::span<const int> facade_versions) {
  Offers offers;
  const int facade = choose_backups_version(server, facade_versions);
  if (facade == 0 || has_no_backups(server)) return offers;
  offers.create = true;
  if (!stores(server, facade)) {
    offers.one_shot = true;
    return offers;
  }
  // Version 1 is 2.0 - 2.3, or a later release that was told to behave like them, but for Remove, which it then has under version 2 alone.
  offers.stored = true;
  offers.upload = true;
  offers.restore = true;
  offers.remove = facade == 2 || is_before_2_4(server);
  offers.remove_many = facade == 2;
  offers.keep_copy = facade == 2;
  offers.one_shot = facade == 2;
  offers.always_keeps = facade == 1;
  return offers;
}

Error lacks(Wanted wanted, const ControllerInfo& info) {
  const std::string juju = "Juju " + info.version.to_string();
  const auto unsupported = [](const std::string& text) { return Error(ErrorCode::unsupported, text); };
  if (info.model_uuid.empty()) return unsupported("backups are reached through the controller model, and no model was named");
  if (choose_backups_version(info.version, info.backups_facade) == 0) {
    return unsupported("the controller (" + juju + ") offers no Backups facade that this library knows");
  }
  if (has_no_backups(info.version)) {
    // The text in brackets is what such a controller itself says.
    return unsupported(juju + " makes and keeps no backups (Dqlite-based backups not implemented), and has no command in their place");
  }
  switch (wanted) {
    case Wanted::create: return unsupported(juju + " cannot make backups");
    case Wanted::keep_copy:
      return unsupported(juju + " keeps no copy of a backup: download it, or let it stay in the controller model's backup-dir");
    case Wanted::list:
      return unsupported(juju +
                         " keeps no list of backups: look into the controller model's backup-dir on the controller machine "
                         "(juju ssh -m controller 0 ls DIRECTORY)");
    case Wanted::show:
      return unsupported(juju +
                         " keeps no records of backups: create-backup shows the metadata, and the archive has it in "
                         "juju-backup/metadata.json");
    case Wanted::download: return unsupported(juju + " has no archives to download");
    case Wanted::upload:
      return unsupported(juju + " takes no uploads: copy the archive to the controller machine (juju scp -m controller FILE 0:)");
    case Wanted::remove:
      if (stores(info.version, choose_backups_version(info.version, info.backups_facade))) {
        return unsupported(juju + " removes backups through version 2 of the Backups facade, which was not offered");
      }
      return unsupported(juju +
                         " cannot remove backups: delete the archive on the controller machine "
                         "(juju ssh -m controller 0 sudo rm PATH)");
    case Wanted::restore:
      return unsupported(juju +
                         " restores nothing through its API: copy the archive to the controller machine (juju scp -m controller FILE 0:) "
                         "and run \"jujubackup restore-backup --file FILE\" there");
  }
  throw Error(ErrorCode::internal, "a want without a text");
}

}  // namespace jujubackup
