#include "deflate/deflate.hpp"
#include "deflate/encoder.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {

Engines engines() {
  return {fast_encoder_name(), encoder_name(standard_level), encoder_name(compact_level), inflater_name(), stream_inflater_name()};
}

}  // namespace jujubackup::deflate
