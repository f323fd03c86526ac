// For builds that have nothing that is faster still.
#include "deflate/encoder.hpp"
#include "deflate/names.hpp"

namespace jujubackup::deflate {

std::unique_ptr<Encoder> make_fast_encoder() { return make_encoder(1); }
std::string fast_encoder_name() { return encoder_name(1); }

}  // namespace jujubackup::deflate
