// Where the backups are that the arguments speak of: a store or a controller, and in it a backup, or an archive file beside it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <jujubackup/archive.hpp>
#include <jujubackup/client.hpp>
#include <jujubackup/controller.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/store.hpp>

#include "command.hpp"

namespace cli {

struct Place {
  std::string url;                                 // of a store; may be that of a controller
  std::optional<jujubackup::ModelTarget> model{};  // a controller that the client directory knows; then there is no URL
  bool by_default = false;                         // nobody asked for it
  bool is_controller() const;
};

// --store; else --model or --controller; else $JUJUBACKUP_STORE; else $JUJU_MODEL, $JUJU_CONTROLLER or the current controller of the Juju
// client; else the user's own store. UsageError for a controller or model that the client does not know.
Place find_place(Context& context);
// The same without any controller that was not asked for by its URL: --model and --controller are a UsageError.
Place find_local_place(const Arguments& arguments);

// Likewise, for a command that does not speak of --dump: no controller counts but one that --store names.
Place find_store_place(const Arguments& arguments);

jujubackup::BackupStore open_store(const Place& place, Context& context);
jujubackup::BackupStore open_store(Context& context);
// Only for a place that is a controller.
jujubackup::Controller connect(const Place& place, Context& context);

// An archive file if `target` holds a "/" or names a file that exists, else an ID of the store.
bool is_path(const std::string& target);

// The record of a backup in the store. An Error about an unknown ID says where it was looked for.
jujubackup::BackupRecord show_record(jujubackup::BackupStore& store, const std::string& id, jujubackup::Job& job);
// The bytes of a backup in the store, or of the file at a path, as they are there: encrypted if they are.
std::unique_ptr<jujubackup::Source> open_stored(Context& context, const std::string& target);
// The same, decrypted with what identity_options() say.
std::unique_ptr<jujubackup::Source> open_content(Context& context, const std::string& target);
// The same for an ID of that place.
std::unique_ptr<jujubackup::Source> open_content(Context& context, const Place& place, const std::string& id);
jujubackup::Archive open_archive(Context& context, const std::string& target);

}  // namespace cli
