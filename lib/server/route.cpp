#include "server/route.hpp"

#include "server/random.hpp"

namespace jujubackup {
namespace {

Route::Kind kind_below_model(std::string_view name, const Generation& generation) {
  if (name == "api") return Route::Kind::model_api;
  if (name == "backups" && generation.era != Era::none) return Route::Kind::backups;
  return Route::Kind::unknown;
}

}  // namespace

Route route_of(std::string_view target, const Generation& generation) {
  constexpr std::string_view model = "/model/";
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/api" || path == "/") return {Route::Kind::controller_api, {}};
  if (path == "/health" && generation.at_least(2, 8)) return {Route::Kind::health, {}};
  if (!path.starts_with(model)) return {};
  const std::string_view rest = path.substr(model.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {};
  Route route{kind_below_model(rest.substr(slash + 1), generation), std::string(rest.substr(0, slash))};
  if (route.kind == Route::Kind::unknown) return {};
  // Before 2.4 it is a model that nobody knows.
  if (generation.at_least(2, 4) && !is_uuid(route.model_uuid)) route.kind = Route::Kind::bad_uuid;
  return route;
}

}  // namespace jujubackup
