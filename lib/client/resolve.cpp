// Which controller and model somebody means, by the rules and with the texts of Juju 2.5 and later.
#include <algorithm>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "client/cookies.hpp"
#include "client/environment.hpp"
#include "client/files.hpp"

namespace jujubackup {
namespace {

constexpr const char* no_controllers =
    "No controllers registered.\n"
    "\n"
    "Please either create a new controller using \"juju bootstrap\" or connect to\n"
    "another controller that you have been given access to using \"juju register\".";
constexpr const char* no_selection =
    "No selected controller.\n"
    "\n"
    "Please use \"juju switch\" to select a controller.";
constexpr const char* no_model =
    "No model in focus.\n"
    "\n"
    "Please use \"juju models\" to see models available to you.\n"
    "You can set current model by running \"juju switch\"\n"
    "or specify any other model on the command line using the \"-m\" option.";

constexpr std::size_t uuid_length = 36;
constexpr std::size_t shortest_uuid_prefix = 6;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// A UUID or the beginning of one that is long enough to be meant as such.
bool is_uuid_prefix(std::string_view text) {
  if (text.size() < shortest_uuid_prefix || text.size() > uuid_length) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// Null if there is none.
const ClientModel* model_named(const std::vector<ClientModel>& models, std::string_view name) {
  const auto found = std::find_if(models.begin(), models.end(), [name](const ClientModel& model) { return model.name == name; });
  return found == models.end() ? nullptr : &*found;
}

// The only model of that name, whoever owns it; null if there is none or more than one.
const ClientModel* only_model_named(const std::vector<ClientModel>& models, std::string_view bare_name) {
  const ClientModel* only = nullptr;
  for (const ClientModel& model : models) {
    const std::string_view name = model.name;
    if (name.substr(name.rfind('/') + 1) != bare_name) continue;
    if (only != nullptr) return nullptr;
    only = &model;
  }
  return only;
}

const ClientModel* model_with_uuid(const std::vector<ClientModel>& models, std::string_view prefix) {
  const std::string wanted = lower(prefix);
  const ClientModel* only = nullptr;
  for (const ClientModel& model : models) {
    if (!lower(model.uuid).starts_with(wanted)) continue;
    if (only != nullptr && only->uuid != model.uuid) {
      throw Error(ErrorCode::invalid_argument, "the UUIDs of models " + printable(only->name) + " and " + printable(model.name) +
                                                   " both begin with " + wanted + ": give more digits");
    }
    only = &model;
  }
  return only;
}

// The model as far as it is known. One that is not may be on the controller, so that this is no error yet.
ClientModel find_model(const std::vector<ClientModel>& models, const std::string& name, const std::string& user) {
  const bool qualified = name.find('/') != std::string::npos;
  std::string full_name = client::without_local_domain(qualified || user.empty() ? name : user + "/" + name);
  if (const ClientModel* model = model_named(models, full_name); model != nullptr) return *model;
  if (!qualified && is_uuid_prefix(name)) {
    if (const ClientModel* model = model_with_uuid(models, name); model != nullptr) return *model;
    if (name.size() == uuid_length) return {"", lower(name), ""};
  }
  if (!qualified && user.empty()) {
    // Nobody knows whose models are meant before the login.
    if (const ClientModel* model = only_model_named(models, name); model != nullptr) return *model;
  }
  return {std::move(full_name), "", ""};
}

// Since 2.0 the user who bootstraps is "admin", and owns it.
constexpr std::string_view controller_model = "admin/controller";

ClientModel find_controller_model(const std::vector<ClientModel>& models) {
  if (const ClientModel* model = model_named(models, controller_model); model != nullptr) return *model;
  if (const ClientModel* model = only_model_named(models, "controller"); model != nullptr) return *model;
  return {std::string(controller_model), "", ""};
}

}  // namespace

bool ClientDirectory::points_somewhere(const ModelChoice& choice) const {
  if (!choice.model.empty() || !choice.controller.empty() || !current_controller_.empty()) return true;
  if (!choice.environment) return false;
  const client::Environment environment = client::process_environment();
  return !environment("JUJU_MODEL").empty() || !environment("JUJU_CONTROLLER").empty();
}

const ClientController& ClientDirectory::controller(std::string_view name) const {
  if (name.empty()) {
    if (controllers_.empty()) throw Error(ErrorCode::not_found, no_controllers);
    if (current_controller_.empty()) throw Error(ErrorCode::not_found, no_selection);
    name = current_controller_;
  }
  const auto found =
      std::find_if(controllers_.begin(), controllers_.end(), [name](const ClientController& each) { return each.name == name; });
  if (found == controllers_.end()) throw Error(ErrorCode::not_found, "controller " + printable(name) + " not found");
  return *found;
}

const ClientDirectory::PerController& ClientDirectory::known_of(const ClientController& controller) const {
  static const PerController nothing;
  const auto found = per_controller_.find(controller.name);
  return found == per_controller_.end() ? nothing : found->second;
}

ModelTarget ClientDirectory::target(const ClientController& controller, ClientModel model) const {
  ModelTarget target{controller, known_of(controller).account, std::move(model), {}};
  // A password is enough, and then the cookies are nobody's business.
  if (target.account.password.empty()) target.macaroons = client::read_macaroons(path_, controller, client::process_environment());
  return target;
}

ModelTarget ClientDirectory::resolve(const ModelChoice& choice) const {
  const client::NamedModel option = client::split_model(choice.model);
  if (!option.controller.empty() && !choice.controller.empty() && option.controller != choice.controller) {
    throw Error(ErrorCode::invalid_argument,
                "the model " + printable(choice.model) + " is not on controller " + printable(choice.controller));
  }
  client::NamedModel wanted{option.controller.empty() ? choice.controller : option.controller, option.model};
  // What was said here beats all that the environment says, which therefore may contradict itself.
  bool model_was_named = !choice.model.empty();
  if (wanted.controller.empty() && choice.environment) {
    const client::NamedModel environment = client::model_of(client::process_environment());
    wanted.controller = environment.controller;
    if (!model_was_named) wanted.model = environment.model;
    model_was_named = model_was_named || !client::process_environment()("JUJU_MODEL").empty();
  }
  const ClientController& on = controller(wanted.controller);
  if (model_was_named && wanted.model.empty()) throw Error(ErrorCode::not_found, no_model);  // "prod:"
  const PerController& known = known_of(on);
  if (model_was_named) return target(on, find_model(known.models, wanted.model, known.account.user));
  if (!choice.controller.empty()) return target(on, find_controller_model(known.models));
  if (known.current_model.empty()) throw Error(ErrorCode::not_found, "current model for controller " + printable(on.name) + " not found");
  return target(on, find_model(known.models, known.current_model, known.account.user));
}

ModelTarget ClientDirectory::resolve_controller(std::string_view name) const {
  const std::string wanted = name.empty() ? client::model_of(client::process_environment()).controller : std::string(name);
  const ClientController& on = controller(wanted);
  return target(on, find_controller_model(known_of(on).models));
}

}  // namespace jujubackup
