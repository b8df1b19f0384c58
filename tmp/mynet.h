
#include <eml_net.h>
static const float mynet_layer_0_biases[6] = { 0.835721f, 0.268377f, -0.423767f, 0.567191f, -1.494079f, 1.332052f };
static const float mynet_layer_0_weights[24] = { 3.353757f, 3.090370f, 3.281190f, -3.261315f, -3.306040f, -4.028338f, 0.625684f, -0.113028f, 0.022357f, 0.141918f, -0.133213f, -0.084097f, 1.268293f, 0.250417f, -0.221498f, -0.055987f, -0.828868f, 0.016077f, 0.815342f, -0.759244f, -0.550300f, 0.656836f, 0.436631f, 0.434681f };
static const float mynet_layer_1_biases[3] = { -0.779693f, 0.589825f, -0.060796f };
static const float mynet_layer_1_weights[18] = { -3.760098f, 1.850576f, 1.904462f, -3.516775f, 0.184120f, 3.037514f, -2.874048f, -0.238517f, 3.785342f, 2.675116f, 0.726196f, -3.422951f, 3.508836f, -1.544614f, -2.039599f, 2.414869f, 1.608361f, -4.513283f };
static float mynet_buf1[6];
static float mynet_buf2[6];
static const EmlNetLayer mynet_layers[2] = { 
{ 6, 4, mynet_layer_0_weights, mynet_layer_0_biases, EmlNetActivationLogistic }, 
{ 3, 6, mynet_layer_1_weights, mynet_layer_1_biases, EmlNetActivationSoftmax } };
static EmlNet mynet = { 2, mynet_layers, mynet_buf1, mynet_buf2, 6 };

    int32_t
    mynet_predict(const float *features, int32_t n_features)
    {
        return eml_net_predict(&mynet, features, n_features);
    }
    

    int32_t
    mynet_regress(const float *features, int32_t n_features, float *out, int32_t out_length)
    {
        return eml_net_regress(&mynet, features, n_features, out, out_length);
    }
    

    float
    mynet_regress1(const float *features, int32_t n_features)
    {
        return eml_net_regress1(&mynet, features, n_features);
    }
    