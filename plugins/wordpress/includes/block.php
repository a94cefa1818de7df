<?php
/**
 * The block, which this server renders in the editor too.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

add_action(
	'init',
	function () {
		wp_register_script(
			'recirc-block',
			plugins_url( 'assets/block.js', RECIRC_FILE ),
			array( 'wp-blocks', 'wp-element', 'wp-components', 'wp-block-editor', 'wp-server-side-render', 'wp-i18n' ),
			RECIRC_VERSION,
			true
		);
		wp_set_script_translations( 'recirc-block', 'recirc', plugin_dir_path( RECIRC_FILE ) . 'languages' );
		wp_add_inline_script( 'recirc-block', 'window.recircKinds = ' . wp_json_encode( recirc_kinds() ) . ';', 'before' );
		register_block_type(
			'recirc/shelf',
			array(
				'api_version'     => 2,
				'title'           => __( 'Recirc shelf', 'recirc' ),
				'category'        => 'widgets',
				'icon'            => 'list-view',
				'editor_script'   => 'recirc-block',
				'attributes'      => array(
					'kind'       => array(
						'type'    => 'string',
						'default' => 'related',
					),
					'slots'      => array(
						'type'    => 'number',
						'default' => 4,
					),
					'layout'     => array(
						'type'    => 'string',
						'default' => 'list',
					),
					'thumbnails' => array(
						'type'    => 'boolean',
						'default' => false,
					),
					'heading'    => array(
						'type'    => 'string',
						'default' => '',
					),
				),
				'render_callback' => function ( $attributes ) {
					$html = recirc_shelf( $attributes );
					if ( '' === $html && defined( 'REST_REQUEST' ) && REST_REQUEST ) {
						$html = '<p>' . esc_html__( 'Here readers see a shelf; there is nothing on it yet.', 'recirc' ) . '</p>';
					}
					return '' === $html ? '' : '<div ' . get_block_wrapper_attributes() . '>' . $html . '</div>';
				},
			)
		);
	}
);
