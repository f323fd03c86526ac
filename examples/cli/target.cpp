#include "target.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <utility>

#include <jujubackup/error.hpp>

#include "document.hpp"
#include "encryption_options.hpp"

namespace cli {
namespace {

std::string url_of_environment() {
  const char* text = std::getenv("JUJUBACKUP_STORE");
  return text == nullptr ? "" : text;
}

Place default_place() {
  Place place;
  place.url = jujubackup::default_store_url();
  place.by_default = true;
  return place;
}

// Nothing if nobody says which controller to talk to.
std::optional<jujubackup::ModelTarget> find_model(const jujubackup::ModelChoice& choice, Context& context) {
  std::string path;
  try {
    path = jujubackup::default_client_dir();
  } catch (const jujubackup::Error&) {
    if (!choice.model.empty() || !choice.controller.empty()) throw;
    return std::nullopt;
  }
  const jujubackup::ClientDirectory directory = jujubackup::ClientDirectory::read(path, &context.job);
  if (!directory.points_somewhere(choice)) return std::nullopt;
  try {
    return directory.resolve(choice);
  } catch (const jujubackup::Error& error) {
    // As in Juju since 2.5: no controller or model is a wrong command line.
    if (error.code() == jujubackup::ErrorCode::not_found || error.code() == jujubackup::ErrorCode::invalid_argument) {
      throw UsageError(error.what());
    }
    throw;
  }
}

}  // namespace

bool Place::is_controller() const { return model.has_value() || url.starts_with("juju:") || url.starts_with("juju+wss:"); }

Place find_place(Context& context) {
  const Arguments& arguments = context.arguments;
  const bool asked = arguments.has("model") || arguments.has("controller");
  Place place;
  if (arguments.has("store")) {
    if (asked) throw UsageError(std::string("cannot mix --store and --") + (arguments.has("model") ? "model" : "controller"));
    place.url = arguments.get("store");
    return place;
  }
  if (!asked) {
    place.url = url_of_environment();
    if (!place.url.empty()) return place;
  }
  jujubackup::ModelChoice choice;
  choice.model = arguments.get("model");
  choice.controller = arguments.get("controller");
  place.model = find_model(choice, context);
  return place.model ? place : default_place();
}

Place find_local_place(const Arguments& arguments) {
  for (const char* name : {"model", "controller"}) {
    if (arguments.has(name))
      throw UsageError("cannot mix --" + std::string(arguments.has("dump") ? "dump" : "mongodump") + " and --" + name);
  }
  return find_store_place(arguments);
}

Place find_store_place(const Arguments& arguments) {
  Place place;
  place.url = arguments.has("store") ? arguments.get("store") : url_of_environment();
  return place.url.empty() && !arguments.has("store") ? default_place() : place;
}

jujubackup::BackupStore open_store(const Place& place, Context& context) {
  if (place.model) return jujubackup::open_controller_store(connect(place, context));
  jujubackup::BackupStore store = jujubackup::BackupStore::open(place.url);
  if (place.by_default) context.console.info("using the store " + store.url());
  return store;
}

jujubackup::BackupStore open_store(Context& context) { return open_store(find_place(context), context); }

jujubackup::Controller connect(const Place& place, Context& context) {
  jujubackup::Controller controller =
      place.model ? jujubackup::Controller::connect(*place.model, &context.job) : jujubackup::Controller::connect(place.url, &context.job);
  const jujubackup::ControllerInfo& info = controller.info();
  context.console.detail("connected to " + printable(info.endpoint) + ", Juju " + info.version.to_string() +
                         (info.user.empty() ? "" : ", as " + printable(info.user)));
  return controller;
}

bool is_path(const std::string& target) {
  if (target.find('/') != std::string::npos) return true;
  struct stat info {};
  return ::stat(target.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

jujubackup::BackupRecord show_record(jujubackup::BackupStore& store, const std::string& id, jujubackup::Job& job) {
  try {
    return store.show(id, &job);
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::not_found) throw;
    throw jujubackup::Error(error.code(), "backup metadata " + quoted(id) + " not found (neither an ID in the store " +
                                              printable(store.url()) + " nor a file of that name)");
  }
}

std::unique_ptr<jujubackup::Source> open_stored(Context& context, const std::string& target) {
  if (is_path(target)) return jujubackup::open_file(target);
  jujubackup::BackupStore store = open_store(context);
  return store.open_archive(show_record(store, target, context.job).id);
}

std::unique_ptr<jujubackup::Source> open_content(Context& context, const std::string& target) {
  if (is_path(target)) return opened(jujubackup::open_file(target), context.arguments);
  return open_content(context, find_place(context), target);
}

std::unique_ptr<jujubackup::Source> open_content(Context& context, const Place& place, const std::string& id) {
  jujubackup::BackupStore store = open_store(place, context);
  const jujubackup::BackupRecord record = show_record(store, id, context.job);
  if (record.encrypted) {
    store.set_identities(need_identities(context.arguments, look_at(store.open_archive(record.id)).outside, record.id));
  }
  return store.open_content(record.id);
}

jujubackup::Archive open_archive(Context& context, const std::string& target) {
  return jujubackup::Archive::open(open_content(context, target));
}

}  // namespace cli
